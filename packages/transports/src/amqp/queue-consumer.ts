import type { Delivery } from '@holdfast/core';
import { TransportClosedError } from '../errors/transport-closed-error.ts';
import { TransportUnavailableError } from '../errors/transport-unavailable-error.ts';
import { Alarm } from '../timing/alarm.ts';
import { DeadlineHeap } from '../timing/deadline-heap.ts';
import { AmqpDelivery, type DeliveryKeeper } from './amqp-delivery.ts';
import type { ConsumerSession } from './consumer-session.ts';
import { MessageBuffer } from './message-buffer.ts';
import { decodeMessage } from './message-codec.ts';
import type { MessageMover } from './message-mover.ts';
import { openSession, type SessionPlace } from './open-session.ts';
import { PullAhead } from './pull-ahead.ts';
import { isChannelLoss, pullError } from './pull-error.ts';
import { QueueDeadLetters } from './queue-dead-letters.ts';
import { releaseBuffer } from './release-buffer.ts';
import { type PullRequest, WaitingPulls } from './waiting-pulls.ts';

export interface QueueConsumerOptions extends SessionPlace {
  readonly mover: MessageMover;
}

/** A consumption that is younger may have messages on the way to us. */
const YOUNG_MS = 50;
/** How many channels may be lost in a row before a pull rejects. */
const MAX_FAILURES = 2;

/**
 * Reads one queue for all readers of it in this process: consumes while somebody pulls, holds what is leased, gives back
 * what nobody asks for, and takes up again by itself what a connection, a channel or the broker ended.
 */
export class QueueConsumer implements DeliveryKeeper {
  readonly queue: string;
  readonly #options: QueueConsumerOptions;
  readonly #waiting = new WaitingPulls();
  readonly #buffer = new MessageBuffer();
  readonly #leases = new DeadlineHeap<AmqpDelivery>();
  readonly #deadLetters: QueueDeadLetters;
  readonly #pullAhead: PullAhead;
  readonly #alarm: Alarm;
  #session: ConsumerSession | null = null;
  #isWorking = false;
  #isServing = false;
  #isClosed = false;

  constructor(options: QueueConsumerOptions) {
    const { clock } = options.settings;
    this.queue = options.queue;
    this.#options = options;
    this.#deadLetters = new QueueDeadLetters(options);
    this.#pullAhead = new PullAhead(options.settings);
    this.#alarm = new Alarm(clock, () => this.#tick());
  }

  async pull(request: PullRequest): Promise<readonly Delivery[]> {
    this.assertOpen('pull from');
    if (request.signal?.aborted) return [];
    const session = this.#session;
    if (session?.wasLimiting() === true && this.#buffer.size === 0) {
      const more = this.#pullAhead.growth(session.prefetch, { max: request.max, held: this.#held(), now: this.now() });
      if (more > 0) session.grow(more);
    }
    const deliveries = this.#take(request.max);
    if (deliveries.length > 0) {
      this.#arm();
      return deliveries;
    }
    const waiting = this.#waiting.add(request, this.now(), () => this.#aborted());
    this.#work();
    return waiting;
  }

  /** The connection is gone, or cannot be had. */
  lost(): void {
    this.#forgetSession();
    this.#waiting.endAll(new TransportUnavailableError(`pull from "${this.queue}"`));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#waiting.endAll([]);
    const session = this.#session;
    this.#forgetSession();
    this.#alarm.cancel();
    await session?.close();
  }

  now(): number {
    return this.#options.settings.clock.monotonic();
  }

  assertOpen(activity: string): void {
    if (this.#isClosed) throw new TransportClosedError(`${activity} "${this.queue}"`);
  }

  forget(delivery: AmqpDelivery): void {
    this.#leases.remove(delivery);
  }

  keep(delivery: AmqpDelivery): void {
    if (!delivery.session.isAlive) return;
    this.#leases.add(delivery);
    this.#arm();
  }

  settled(): void {
    if (this.#waiting.size > 0) this.#work();
  }

  /** Ends the consumption first when nobody pulls, or the message would come straight back to us. */
  async giveBack({ session, held }: AmqpDelivery): Promise<void> {
    try {
      if (this.#waiting.size === 0) await session.cancel();
    } catch {
      // The channel does not answer: what is given back by closing it is given back, too.
      await this.#end(session);
    }
    session.giveBack(held);
    this.settled();
  }

  async delay({ held }: AmqpDelivery, delayMs: number): Promise<void> {
    await this.#options.mover.delay(held.message, this.queue, delayMs);
  }

  /** Not the receiver's envelope: it may have changed it. */
  async deadLetter({ held, session }: AmqpDelivery, reason: string): Promise<void> {
    await this.#deadLetters.add(decodeMessage(held.message), { held, session, reason });
  }

  #aborted(): void {
    if (this.#waiting.size === 0) this.#pullAhead.reset();
    this.#work();
  }

  #tick(): void {
    const now = this.now();
    for (let due = this.#leases.popDue(now); due !== undefined; due = this.#leases.popDue(now)) {
      due.lose();
      void this.giveBack(due);
    }
    if (this.#options.link.problem !== null) {
      const error = new TransportUnavailableError(`pull from "${this.queue}"`);
      for (const pull of this.#waiting.overdue(now)) pull.end(error);
    }
    this.#work();
  }

  #arm(): void {
    if (this.#isClosed) return;
    const isAhead = this.#buffer.size > 0 || this.#session?.isConsuming === true;
    const idleAt = isAhead && this.#waiting.size === 0 ? this.#pullAhead.endsAt(this.#buffer.oldestArrival) : Infinity;
    const leaseEnd = this.#leases.peek()?.deadline ?? Infinity;
    this.#alarm.set(Math.min(idleAt, leaseEnd, this.#waiting.earliestDeadline));
  }

  /** Does what is to be done, one thing after the other. */
  #work(): void {
    if (this.#isWorking || this.#isClosed) return;
    this.#isWorking = true;
    void this.#workOff().finally(() => {
      this.#isWorking = false;
      this.#arm();
    });
    this.#arm();
  }

  async #workOff(): Promise<void> {
    let failures = 0;
    for (let step = this.#step(); step !== null; step = this.#step()) {
      try {
        await step();
      } catch (error) {
        failures += 1;
        // A channel that was closed over something else is replaced; whoever waits need not know.
        if (failures > MAX_FAILURES || !isChannelLoss(error)) await this.#fail(error);
      }
    }
  }

  #step(): (() => Promise<void>) | null {
    if (this.#isClosed) return null;
    this.#serve();
    const session = this.#session;
    const now = this.now();
    if (this.#waiting.size === 0) {
      const isAhead = session !== null && (session.isConsuming || this.#buffer.size > 0);
      const isOver = isAhead && this.#pullAhead.endsAt(this.#buffer.oldestArrival) <= now;
      return isOver ? () => this.#release(session) : null;
    }
    if (session === null) return () => this.#open();
    const prefetch = session.credit > 0 ? 0 : this.#pullAhead.prefetchFor(this.#waiting.demand, this.#held());
    if (prefetch > 0) return () => session.consume(prefetch);
    return this.#waiting.overdue(now).length > 0 ? () => this.#endOverdue(session) : null;
  }

  async #open(): Promise<void> {
    const { link, settings } = this.#options;
    const session: ConsumerSession = await openSession(this.#options, {
      waitMs: Math.max(0, this.#waiting.earliestDeadline - this.now()),
      onMessage: (held) => {
        this.#buffer.add(held);
        this.#serveSoon();
      },
      onCancelled: () => {
        settings.onEvent({ type: 'consumer-cancelled', queue: this.queue });
        // It may come back with another lease.
        void this.#end(session);
      },
      onLost: () => {
        if (this.#session === session) this.#forgetSession();
        this.#work();
      },
    });
    if (this.#isClosed || link.connection === null) await session.close();
    else this.#session = session;
  }

  /** Nobody pulls any more: others get what was pulled ahead. */
  async #release(session: ConsumerSession): Promise<void> {
    this.#pullAhead.reset();
    const isWanted = () => this.#waiting.size > 0 || this.#session !== session;
    await releaseBuffer({ session, buffer: this.#buffer, limit: this.#options.settings.prefetch, isWanted });
  }

  async #endOverdue(session: ConsumerSession): Promise<void> {
    const now = this.now();
    const overdue = this.#waiting.overdue(now);
    const isSure =
      now - session.consumingSince >= YOUNG_MS && overdue.every((pull) => now - pull.startedAt >= YOUNG_MS);
    if (!isSure && session.isConsuming) {
      await session.catchUp();
      this.#serve();
    }
    for (const pull of overdue) pull.end([]);
    if (this.#waiting.size === 0) this.#pullAhead.reset();
  }

  async #fail(cause: unknown): Promise<void> {
    this.#waiting.endAll(pullError(this.queue, cause));
    if (this.#session !== null) await this.#end(this.#session);
  }

  async #end(session: ConsumerSession): Promise<void> {
    if (this.#session === session) this.#forgetSession();
    await session.close();
    this.#work();
  }

  #forgetSession(): void {
    this.#session = null;
    this.#buffer.clear();
    this.#pullAhead.reset();
    for (let lost = this.#leases.popDue(Infinity); lost !== undefined; lost = this.#leases.popDue(Infinity))
      lost.lose();
  }

  #held(): number {
    return this.#leases.size + this.#buffer.size;
  }

  /** After everything that came with the same bytes, so that one pull gets it all. */
  #serveSoon(): void {
    if (this.#isServing) return;
    this.#isServing = true;
    queueMicrotask(() => {
      this.#isServing = false;
      this.#serve();
      this.#arm();
    });
  }

  #serve(): void {
    for (const pull of this.#waiting) {
      const deliveries = this.#take(pull.max);
      if (deliveries.length === 0) return;
      pull.end(deliveries);
    }
  }

  #take(max: number): readonly Delivery[] {
    const deliveries: Delivery[] = [];
    const session = this.#session;
    if (session === null || this.#buffer.size === 0) return deliveries;
    const now = this.now();
    const deadline = now + session.terms.leaseMs;
    while (deliveries.length < max) {
      const held = this.#buffer.take();
      if (held === undefined) break;
      const envelope = this.#deadLetters.readOrMove(held, session);
      if (envelope === null) continue;
      const delivery = new AmqpDelivery(this, { held, session, envelope, deadline });
      this.#leases.add(delivery);
      deliveries.push(delivery);
    }
    if (deliveries.length > 0) this.#pullAhead.end(now);
    return deliveries;
  }
}
