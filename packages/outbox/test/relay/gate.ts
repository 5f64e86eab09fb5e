/** Holds back every answer while it is closed: as if the process that asked were stopped. */
export class Gate {
  #opened = Promise.withResolvers<void>();

  constructor() {
    this.#opened.resolve();
  }

  close(): void {
    this.#opened = Promise.withResolvers<void>();
  }

  open(): void {
    this.#opened.resolve();
  }

  /** The same object, with methods that pass the gate before and after they do their work. */
  around<Target extends object>(target: Target): Target {
    return new Proxy(target, {
      get: (_target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return async (...args: unknown[]) => {
          await this.#opened.promise;
          const result: unknown = await value.apply(target, args);
          await this.#opened.promise;
          return result;
        };
      },
    });
  }
}
