import type { Incarnation } from './incarnation.ts';

const origins = new WeakMap<object, Incarnation>();

/** An I/O of this process failed with it: who drops the promise shows nowhere else. */
export function rememberOrigin(error: unknown, incarnation: Incarnation): void {
  if (typeof error === 'object' && error !== null) origins.set(error, incarnation);
}

/** The process whose I/O failed with it, if there is one. */
export function originOf(error: unknown): Incarnation | undefined {
  return typeof error === 'object' && error !== null ? origins.get(error) : undefined;
}
