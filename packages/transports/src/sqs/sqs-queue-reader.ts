import {
  type Clock,
  type Delivery,
  integerOption,
  numberOption,
  type PullOptions,
  type QueueReader,
} from '@holdfast/core';
import { MAX_ENTRIES } from '../aws/outgoing-entry.ts';
import { UnknownQueueError } from '../errors/unknown-queue-error.ts';
import { Alarm } from '../timing/alarm.ts';
import { GroupChains } from './group-chains.ts';
import { HeldMessages } from './held-messages.ts';
import type { OpenQueue } from './queue-catalog.ts';
import { queueError } from './queue-error.ts';
import { ReceiveWidth } from './receive-width.ts';
import { Receiver, type ReceiverOptions } from './receiver.ts';
import type { Settlements } from './settlements.ts';
import type { SqsDelivery } from './sqs-delivery.ts';

/** Without a reason each abort makes an error with a stack, for nobody. */
const ENDED = 'ended';
/** How long a message is kept for the next pull at most, when it came after its own had ended. */
const KEEP_MS = 1_000;

export interface SqsQueueReaderOptions extends Omit<ReceiverOptions, 'queue' | 'settlements'> {
  readonly queue: string;
  /** @throws UnknownQueueError */
  readonly open: (queue: string) => Promise<OpenQueue>;
  /** Told when the queue is gone. */
  readonly forget: (queue: string) => void;
  readonly settlementsOf: (queue: OpenQueue) => Settlements;
  /** The longest single wait of the service. */
  readonly longPollMs: number;
  /** Requests that receive at the same time. */
  readonly concurrency: number;
}

interface Opened {
  readonly queue: OpenQueue;
  readonly receiver: Receiver;
  readonly settlements: Settlements;
}

interface Waiter {
  readonly max: number;
  readonly waitMs: number;
  /** On `Clock.monotonic()`: from when the queue is known. */
  endsAt: number;
  pending: number;
  readonly end: (result: readonly Delivery[] | Error) => void;
}

/**
 * Reads one queue of SQS. A request that receives is never aborted while it could still get a message: what comes after
 * its pull has ended goes to the next pull, or back to the queue when none comes within a second.
 */
export class SqsQueueReader implements QueueReader {
  readonly #options: SqsQueueReaderOptions;
  readonly #clock: Clock;
  readonly #held = new HeldMessages();
  readonly #chains: GroupChains;
  readonly #waiters = new Set<Waiter>();
  readonly #receives = new Set<Promise<void>>();
  readonly #keepAlarm: Alarm;
  readonly #width: ReceiveWidth;
  #opened: Promise<Opened> | null = null;
  /** Came, and is not given to a pull yet. */
  #ready: SqsDelivery[] = [];
  #readySince = 0;
  /** What the requests on their way may bring. */
  #asked = 0;
  #leaseMs = 0;
  #keepMs = KEEP_MS;
  #isClosed = false;

  constructor(options: SqsQueueReaderOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#width = new ReceiveWidth(options.concurrency);
    this.#keepAlarm = new Alarm(options.clock, () => this.#handBackUnclaimed());
    this.#chains = new GroupChains({
      release: (delivery) => this.#release(delivery),
      handBack: (deliveries) => void this.#handBack(deliveries),
    });
  }

  /** Also rejects with TransportUnavailableError when a request fails while this waits; the next pull starts anew. */
  async pull(max: number, { waitMs, signal }: PullOptions): Promise<readonly Delivery[]> {
    integerOption('max', max, { min: 1 });
    numberOption('waitMs', waitMs, { min: 0, max: Number.MAX_SAFE_INTEGER });
    this.#options.assertOpen('pull from');
    if (signal?.aborted) return [];
    this.#width.pulled(this.#clock.monotonic());
    const ready = this.#takeReady(max);
    if (ready.length > 0) return ready;
    return this.#wait({ max, waitMs }, signal);
  }

  /** Ends waiting pulls, hands back what is not settled, also what requests on their way still bring, and waits for acks. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#keepAlarm.cancel();
    for (const waiter of this.#waiters) waiter.end([]);
    await Promise.all([this.#handBack(this.#held.takeAll()), ...this.#receives]);
    this.#ready = [];
    await this.#handBack(this.#held.takeAll());
  }

  #wait(
    { max, waitMs }: Pick<Waiter, 'max' | 'waitMs'>,
    signal: AbortSignal | undefined,
  ): Promise<readonly Delivery[]> {
    const ended = new AbortController();
    return new Promise((resolve, reject) => {
      const onAbort = () => waiter.end([]);
      const waiter: Waiter = {
        max,
        waitMs,
        endsAt: Infinity,
        pending: 0,
        end: (result) => {
          if (!this.#waiters.delete(waiter)) return;
          ended.abort(ENDED);
          signal?.removeEventListener('abort', onAbort);
          if (result instanceof Error) reject(result);
          else resolve(result);
        },
      };
      this.#waiters.add(waiter);
      signal?.addEventListener('abort', onAbort);
      void this.#receiveFor(waiter, ended.signal);
    });
  }

  async #receiveFor(waiter: Waiter, ended: AbortSignal): Promise<void> {
    let opened: Opened;
    try {
      opened = await this.#open();
    } catch (error) {
      waiter.end(queueError(error, 'pull from', this.#options.queue));
      return;
    }
    if (!this.#waiters.has(waiter) || this.#isClosed) return;
    waiter.endsAt = this.#clock.monotonic() + waiter.waitMs;
    this.#serve();
    this.#ask(opened, waiter);
    // One that does not wait ends when its requests have answered.
    if (waiter.waitMs === 0 || ended.aborted) return;
    await this.#clock.sleep(waiter.waitMs, ended);
    waiter.end([]);
  }

  /** Looks at the queue once; again after that failed, or the queue is gone. */
  #open(): Promise<Opened> {
    this.#opened ??= this.#openAnew().catch((error: unknown) => {
      this.#opened = null;
      throw error;
    });
    return this.#opened;
  }

  async #openAnew(): Promise<Opened> {
    const { queue: name, open, settlementsOf } = this.#options;
    const queue = await open(name);
    const settlements = settlementsOf(queue);
    this.#leaseMs = queue.leaseMs;
    this.#keepMs = Math.min(KEEP_MS, queue.leaseMs / 4);
    return { queue, settlements, receiver: new Receiver({ ...this.#options, queue, settlements }) };
  }

  /** Starts as many requests as the pull has room for, those on their way considered. */
  #ask(opened: Opened, waiter: Waiter): void {
    if (!this.#waiters.has(waiter)) return;
    // One that does not wait cannot rely on requests that do.
    let room = waiter.waitMs === 0 ? waiter.max : this.#roomOfAll() - this.#asked;
    const most = this.#width.value - (waiter.waitMs === 0 ? 0 : this.#receives.size);
    for (let count = 0; room > 0 && count < most; count += 1) {
      const max = Math.min(MAX_ENTRIES, room);
      room -= max;
      waiter.pending += 1;
      this.#start(opened, waiter, max);
    }
  }

  #roomOfAll(): number {
    let room = 0;
    for (const { max } of this.#waiters) room += max;
    return room;
  }

  #start(opened: Opened, waiter: Waiter, max: number): void {
    this.#asked += max;
    const receive = this.#receive(opened, waiter, max).finally(() => {
      this.#asked -= max;
      waiter.pending -= 1;
      this.#receives.delete(receive);
      this.#next(opened, waiter);
    });
    this.#receives.add(receive);
  }

  async #receive({ receiver, queue }: Opened, waiter: Waiter, max: number): Promise<void> {
    const waitSeconds = waiter.waitMs === 0 ? 0 : this.#waitSecondsFor(waiter, queue);
    try {
      const deliveries = await receiver.receive(max, waitSeconds);
      this.#width.answered(deliveries.length, max);
      for (const delivery of deliveries) {
        delivery.onEnd = () => this.#held.remove(delivery);
        this.#held.add(delivery);
      }
      this.#take(this.#options.fifo ? this.#chains.firstOfEach(deliveries) : deliveries);
    } catch (error) {
      this.#fail(queueError(error, 'pull from', this.#options.queue));
    }
  }

  #waitSecondsFor({ endsAt }: Waiter, { leaseMs }: OpenQueue): number {
    const left = Math.ceil((endsAt - this.#clock.monotonic()) / 1_000);
    // The lease of what nobody settles is longer by this wait.
    const most = Math.floor(Math.min(this.#options.longPollMs, leaseMs / 2) / 1_000);
    return Math.max(1, Math.min(left, most));
  }

  /** After one of its requests has ended. */
  #next(opened: Opened, waiter: Waiter): void {
    if (waiter.waitMs === 0 && waiter.pending === 0) waiter.end([]);
    if (waiter.waitMs > 0 && this.#waiters.has(waiter)) {
      this.#ask(opened, waiter);
      return;
    }
    // Another pull may wait that had no room for a request of its own.
    const other = [...this.#waiters].find(({ waitMs }) => waitMs > 0);
    if (other !== undefined && this.#receives.size === 0) this.#ask(opened, other);
  }

  #fail(error: Error): void {
    if (error instanceof UnknownQueueError) {
      this.#opened = null;
      this.#options.forget(this.#options.queue);
    }
    for (const waiter of this.#waiters) waiter.end(error);
  }

  /** It waited behind another one of its group, and has what is left of its lease. */
  #release(delivery: SqsDelivery): void {
    if (this.#isClosed || delivery.leaseEndsAt - this.#clock.monotonic() < this.#leaseMs / 2) {
      void delivery.handBack();
    } else this.#take([delivery]);
  }

  #take(deliveries: readonly SqsDelivery[]): void {
    if (deliveries.length === 0) return;
    if (this.#ready.length === 0) this.#readySince = this.#clock.monotonic();
    this.#ready.push(...deliveries);
    this.#serve();
  }

  #serve(): void {
    for (const waiter of this.#waiters) {
      const deliveries = this.#takeReady(waiter.max);
      if (deliveries.length === 0) break;
      waiter.end(deliveries);
    }
    if (this.#ready.length > 0 && !this.#isClosed) this.#keepAlarm.set(this.#readySince + this.#keepMs);
  }

  /** What came and still has most of its lease. */
  #takeReady(max: number): readonly SqsDelivery[] {
    if (this.#ready.length === 0) return [];
    const given = this.#ready.splice(0, max).filter((delivery) => delivery.isHeld);
    if (given.length > 0) this.#width.gave(this.#clock.monotonic());
    return given;
  }

  #handBackUnclaimed(): void {
    if (this.#ready.length === 0 || this.#isClosed) return;
    const due = this.#readySince + this.#keepMs;
    if (this.#clock.monotonic() < due) {
      this.#keepAlarm.set(due);
      return;
    }
    const unclaimed = this.#ready;
    this.#ready = [];
    this.#width.unclaimed();
    void this.#handBack(unclaimed);
    this.#options.onEvent({ kind: 'handed-back', queue: this.#options.queue, messages: unclaimed.length });
  }

  /** At once, and whatever becomes of it: their leases end by themselves. */
  async #handBack(deliveries: readonly SqsDelivery[]): Promise<void> {
    await Promise.all(deliveries.map((delivery) => delivery.handBack()));
  }
}
