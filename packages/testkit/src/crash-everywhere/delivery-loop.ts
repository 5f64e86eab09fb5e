import type { Envelope, Handler, Message } from '@holdfast/core';
import { ProcessKilledError } from '../kernel/process-killed-error.ts';
import type { SimulatedProcess } from '../kernel/simulated-process.ts';
import type { World } from '../kernel/world.ts';
import { Consumer, type Unsettled } from './consumer.ts';
import { GivenMessage } from './given-message.ts';
import type { HandlerUnderTest } from './handler-under-test.ts';

export interface DeliveryLoopOptions {
  readonly world: World;
  readonly handler: HandlerUnderTest;
  readonly given: readonly Envelope[];
  readonly decode: (envelope: Envelope) => Message;
  readonly leaseMs: number;
  readonly maxDeliveries: number;
}

interface ConsumerApi {
  handle(message: GivenMessage): Promise<Unsettled>;
}

/** The name of the queue, in sites and reports. */
export const queueName = 'queue';
/** What the processes are called that the handler runs in: `handler-1`, `handler-2`. */
export const handlerName = 'handler';

const FIRST_RETRY_MS = 1_000;
const MOST_RETRY_MS = 60_000;
/** When no process is there to take a message. */
const ABSENT_MS = 100;
/** How often in a row nobody may be there: a process is back within a second. */
const MOST_ABSENCES = 100;
/** A fault may hit a start, but not every one. */
const MOST_FAILED_STARTS = 5;
const atOnce: Unsettled = { retryAfterMs: 0 };

/**
 * A queue that delivers at least once, and two processes that take from it. Messages come one after another, in the order given; one
 * whose process died, whose lease is over or whose handler failed is delivered again, to the other process, until it is settled.
 */
export class DeliveryLoop {
  readonly messages: readonly GivenMessage[];
  /** Why the handler cannot be tested: it does what cannot be simulated, or does not start. */
  refusal: unknown = null;
  readonly #options: DeliveryLoopOptions;
  readonly #processes: readonly SimulatedProcess<ConsumerApi>[];
  readonly #consumers = new Map<string, Consumer>();
  #turn = 0;
  #failedStarts = 0;

  /** Adds processes and queue to the world. */
  constructor(options: DeliveryLoopOptions) {
    const { world, given } = options;
    this.#options = options;
    this.messages = given.map((envelope) => new GivenMessage(envelope));
    this.#processes = world.process(handlerName, ({ name }) => this.#start(name), { replicas: 2 });
    world.client(queueName, () => this.#deliverAll());
    world.quietWhen(() => [...this.#consumers].every(([name, consumer]) => consumer.isIdle || !this.#isAlive(name)));
  }

  /** How often the handler got a message. */
  get deliveries(): number {
    return this.messages.reduce((sum, { deliveries }) => sum + deliveries, 0);
  }

  get deadLetters(): readonly GivenMessage[] {
    return this.messages.filter(({ state }) => state === 'dead');
  }

  counts(): Readonly<Record<string, number>> {
    const handled = this.messages.filter(({ state }) => state === 'done');
    return { 'handled messages': handled.length, 'dead letters': this.deadLetters.length };
  }

  async #start(name: string) {
    const { world, leaseMs, decode } = this.#options;
    const { simulation } = world;
    const onRefused = (error: unknown) => {
      this.refusal ??= error;
    };
    const options = { simulation, queue: queueName, leaseMs, decode, onRefused };
    const consumer = new Consumer(options, await this.#startHandler());
    this.#consumers.set(name, consumer);
    return { api: { handle: (message: GivenMessage) => consumer.handle(message) }, stop: () => consumer.stop() };
  }

  async #startHandler(): Promise<Handler> {
    try {
      return await this.#options.handler.start();
    } catch (error) {
      if (error instanceof ProcessKilledError) throw error;
      this.#failedStarts += 1;
      if (this.#failedStarts < MOST_FAILED_STARTS) throw error;
      this.refusal ??= error;
      return () => Promise.reject(error);
    }
  }

  #isAlive(name: string): boolean {
    return this.#processes.some((process) => process.name === name && process.incarnation?.isAlive === true);
  }

  async #deliverAll(): Promise<void> {
    // The run's faults begin when everybody has started.
    await this.#options.world.simulation.sleep(1);
    for (const message of this.messages) await this.#deliverUntilSettled(message);
  }

  async #deliverUntilSettled(message: GivenMessage): Promise<void> {
    const { simulation } = this.#options.world;
    const { maxDeliveries } = this.#options;
    for (let absences = 0; message.state === 'waiting' && this.refusal === null; ) {
      if (message.deliveries >= maxDeliveries || absences >= MOST_ABSENCES) {
        message.state = 'given up';
        const often = `${message.deliveries} deliveries`;
        simulation.problem('every message is settled', `${message.id} is not after ${often}: ${message.lastFailure}`);
        return;
      }
      const before = message.deliveries;
      const isTwice = simulation.faultAt(queueName, 'deliver', { kinds: ['duplicate'] }) !== null;
      const delivered = isTwice ? [this.#deliver(message), this.#deliver(message)] : [this.#deliver(message)];
      const [{ retryAfterMs } = atOnce] = await Promise.all(delivered);
      if (message.state !== 'waiting') return;
      const isAbsent = message.deliveries === before;
      absences = isAbsent ? absences + 1 : 0;
      const backoffMs = Math.min(FIRST_RETRY_MS * 2 ** (message.deliveries - 1), MOST_RETRY_MS);
      await simulation.sleep(isAbsent ? ABSENT_MS : (retryAfterMs ?? backoffMs));
    }
  }

  /** Resolves when the process has answered, is gone, or has lost its lease. */
  async #deliver(message: GivenMessage): Promise<Unsettled> {
    const { world, leaseMs } = this.#options;
    const process = this.#nextProcess();
    const answered = new AbortController();
    let delivery = 0;
    const answer = process
      .call('deliver', (api) => {
        const handling = api.handle(message);
        delivery = message.deliveries;
        return handling;
      })
      // It died: the connection ends with it, and the message is free at once.
      .catch(() => atOnce)
      .finally(() => answered.abort());
    await Promise.race([answer, world.simulation.sleep(leaseMs, answered.signal)]);
    if (answered.signal.aborted) return answer;
    message.lastFailure = 'its lease ended while the handler was at work';
    message.lose(delivery);
    return atOnce;
  }

  #nextProcess(): SimulatedProcess<ConsumerApi> {
    const process = this.#processes[this.#turn % this.#processes.length];
    this.#turn += 1;
    return process as SimulatedProcess<ConsumerApi>;
  }
}
