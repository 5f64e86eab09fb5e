/**
 * Whether an own key of an object would change prototypes when merged into another one: `__proto__`, or a `constructor`
 * that holds a `prototype`.
 */
export function pollutesPrototypes(value: object, key: string): boolean {
  if (key === '__proto__') return true;
  if (key !== 'constructor') return false;
  const held: unknown = Reflect.get(value, key);
  return typeof held === 'object' && held !== null && Object.hasOwn(held, 'prototype');
}
