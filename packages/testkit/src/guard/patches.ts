interface Patch {
  readonly target: object;
  readonly name: PropertyKey;
  readonly original: PropertyDescriptor | undefined;
}

/** Properties of global objects that are replaced for a while. */
export class Patches {
  readonly #patches: Patch[] = [];

  /** Replaces a property, and leaves it alone when it is not there or cannot be replaced. */
  replace<Value>(target: object, name: PropertyKey, make: (original: Value) => Value): void {
    const original = Object.getOwnPropertyDescriptor(target, name);
    const value = Reflect.get(target, name) as Value | undefined;
    if (value === undefined || original?.configurable === false) return;
    this.#patches.push({ target, name, original });
    Object.defineProperty(target, name, {
      value: make(value),
      writable: true,
      enumerable: original?.enumerable ?? false,
      configurable: true,
    });
  }

  /** The same for a property that is computed. */
  replaceGetter<This>(target: object, name: PropertyKey, get: (this: This) => unknown): void {
    const original = Object.getOwnPropertyDescriptor(target, name);
    if (original?.configurable === false) return;
    this.#patches.push({ target, name, original });
    Object.defineProperty(target, name, { get, enumerable: original?.enumerable ?? false, configurable: true });
  }

  /** Puts everything back. */
  restore(): void {
    for (const { target, name, original } of this.#patches.splice(0).reverse()) {
      if (original === undefined) Reflect.deleteProperty(target, name);
      else Object.defineProperty(target, name, original);
    }
  }
}
