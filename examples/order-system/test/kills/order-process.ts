import type { OrderSagaTimes } from '../../src/order/order-saga.ts';
import { ChildProgram } from '../../src/processes/child-program.ts';
import type { FromOrders, ToOrders } from './order-process-messages.ts';

type Asked = ToOrders extends infer One ? (One extends ToOrders ? Omit<One, 'call'> : never) : never;
type Answer = Extract<FromOrders, { kind: 'done' }>;

/** The order service's process; the next one is started when it is killed. */
export class OrderProcess {
  readonly #program: ChildProgram<ToOrders, FromOrders>;
  readonly #pending = new Map<number, (answer: Answer | null) => void>();
  #ready = Promise.withResolvers<void>();
  #calls = 0;
  #lastError = '';

  constructor(file: string, times: OrderSagaTimes) {
    this.#program = new ChildProgram({
      name: 'order service',
      file: new URL('./order-main.ts', import.meta.url),
      args: () => [file, JSON.stringify(times)],
      onMessage: (message) => this.#receive(message),
      onEvent: (event) => {
        if (event.type === 'ended') this.#lose();
      },
      onFailure: (error) => this.#ready.reject(error),
    });
    this.#ready.promise.catch(() => {});
    this.#program.start();
  }

  get startedCount(): number {
    return this.#program.startedCount;
  }

  /** What it failed by, last. */
  get lastError(): string {
    return this.#lastError;
  }

  /** `null`: nobody knows what became of it, or it failed: ask again. */
  async ask(asked: Asked): Promise<Answer | null> {
    await this.#ready.promise;
    this.#calls += 1;
    const call = this.#calls;
    const { promise, resolve } = Promise.withResolvers<Answer | null>();
    this.#pending.set(call, resolve);
    if (!this.#program.send({ ...asked, call } as ToOrders)) this.#settle(call, null);
    return promise;
  }

  kill(): Promise<void> {
    return this.#program.kill();
  }

  stop(): Promise<void> {
    return this.#program.stop();
  }

  #receive(message: FromOrders): void {
    if (message.kind === 'ready') {
      this.#ready.resolve();
      return;
    }
    if (message.kind === 'failed') this.#lastError = message.error;
    this.#settle(message.call, message.kind === 'failed' ? null : message);
  }

  #settle(call: number, answer: Answer | null): void {
    this.#pending.get(call)?.(answer);
    this.#pending.delete(call);
  }

  #lose(): void {
    this.#ready = Promise.withResolvers();
    this.#ready.promise.catch(() => {});
    for (const call of [...this.#pending.keys()]) this.#settle(call, null);
  }
}
