import {
  type Envelope,
  failureClassOf,
  type Handler,
  LeaseLostError,
  type Message,
  retryAfterMsOf,
  summarizeError,
} from '@holdfast/core';
import { UnwrappedIoError } from '../guard/unwrapped-io-error.ts';
import { ForeignConnectionError } from '../kernel/foreign-connection-error.ts';
import { ProcessKilledError } from '../kernel/process-killed-error.ts';
import { currentIncarnation } from '../kernel/simulated-process.ts';
import type { Simulation } from '../kernel/simulation.ts';
import type { GivenMessage } from './given-message.ts';

export interface ConsumerOptions {
  readonly simulation: Simulation;
  readonly queue: string;
  readonly leaseMs: number;
  readonly decode: (envelope: Envelope) => Message;
  /** The handler did what cannot be simulated. */
  readonly onRefused: (error: unknown) => void;
}

/** What the queue learns of a delivery that did not settle its message. */
export interface Unsettled {
  /** When to deliver it again, if the handler said so. */
  readonly retryAfterMs: number | undefined;
}

/** One life of a consumer process, as a consumer runtime would be: it hands messages to the handler and settles them by what that throws. */
export class Consumer {
  readonly #options: ConsumerOptions;
  readonly #handler: Handler;
  readonly #running = new Set<Promise<unknown>>();

  constructor(options: ConsumerOptions, handler: Handler) {
    this.#options = options;
    this.#handler = handler;
  }

  get isIdle(): boolean {
    return this.#running.size === 0;
  }

  /** Resolves when the message is settled, or is to come again. */
  handle(message: GivenMessage): Promise<Unsettled> {
    message.deliveries += 1;
    const work = this.#handle(message, message.deliveries);
    this.#running.add(work);
    const end = () => this.#running.delete(work);
    work.then(end, end);
    return work;
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  async #handle(message: GivenMessage, delivery: number): Promise<Unsettled> {
    const { simulation, leaseMs, decode, queue } = this.#options;
    this.#tell(message, 'is delivered', `delivery ${delivery}`);
    const lease = new AbortController();
    // A paused process learns of it when it wakes.
    const end = simulation.after(leaseMs, () => lease.abort(new LeaseLostError(queue)));
    try {
      const { envelope } = message;
      await this.#handler(decode(envelope), { envelope, signal: lease.signal, attempt: delivery });
    } catch (error) {
      return await this.#failed(message, delivery, error);
    } finally {
      end.cancelled = true;
    }
    await this.#settle(message, { delivery, verb: 'ack', state: 'done' });
    return { retryAfterMs: undefined };
  }

  async #failed(message: GivenMessage, delivery: number, error: unknown): Promise<Unsettled> {
    // Nothing goes on in a dead process.
    if (error instanceof ProcessKilledError) throw error;
    const reason = summarizeError(error);
    message.lastFailure = reason;
    this.#tell(message, 'handler failed', `${failureClassOf(error)}: ${reason}`);
    if (isRefused(error)) this.#options.onRefused(error);
    if (failureClassOf(error) === 'permanent') {
      await this.#settle(message, { delivery, verb: 'dead-letter', state: 'dead' });
    }
    return { retryAfterMs: retryAfterMsOf(error) };
  }

  async #settle(
    message: GivenMessage,
    { delivery, verb, state }: { delivery: number; verb: string; state: 'done' | 'dead' },
  ): Promise<void> {
    const { simulation, queue } = this.#options;
    const site = { label: `${queue}.${verb}`, answers: true, messages: [message.id] };
    try {
      await simulation.io(site, () => {
        if (!message.isHeldBy(delivery)) throw new LeaseLostError(queue);
        message.state = state;
      });
    } catch (error) {
      // It comes again, if it is not settled.
      message.lastFailure = summarizeError(error);
    }
  }

  #tell(message: GivenMessage, label: string, note: string): void {
    const { process, number } = currentIncarnation();
    this.#options.simulation.tell({
      kind: 'note',
      place: process,
      life: number,
      label,
      note,
      messages: [message.id],
    });
  }
}

/** What the simulation does not let a process do. */
function isRefused(error: unknown): boolean {
  for (let cause = error, depth = 0; depth < 8 && cause instanceof Error; cause = cause.cause, depth += 1) {
    if (cause instanceof UnwrappedIoError || cause instanceof ForeignConnectionError) return true;
  }
  return false;
}
