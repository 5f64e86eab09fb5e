import { type Delivery, type Envelope, isHoldfastError } from '@holdfast/core';
import { readDeadLetter } from '../dead-letter/dead-letter.ts';
import { malformedEnvelope } from '../dead-letter/malformed-envelope.ts';
import { TransportClosedError } from '../errors/transport-closed-error.ts';
import { TransportUnavailableError } from '../errors/transport-unavailable-error.ts';
import { UnknownQueueError } from '../errors/unknown-queue-error.ts';
import { Alarm } from '../timing/alarm.ts';
import { DeadlineHeap } from '../timing/deadline-heap.ts';
import { AmqpDelivery, type DeliveryKeeper } from './amqp-delivery.ts';
import type { AmqpLink } from './amqp-link.ts';
import type { AmqpSettings } from './amqp-settings.ts';
import type { AmqpTopology } from './amqp-topology.ts';
import { ConsumerSession, type HeldMessage } from './consumer-session.ts';
import { MessageBuffer } from './message-buffer.ts';
import { decodeMessage, deliveryCountOf, isMalformed } from './message-codec.ts';
import type { MessageMover } from './message-mover.ts';
import { PullAhead } from './pull-ahead.ts';
import { replyCodeOf } from './refused-declaration.ts';
import { type PullRequest, WaitingPulls } from './waiting-pulls.ts';

export interface QueueConsumerOptions {
  readonly queue: string;
  readonly settings: AmqpSettings;
  readonly link: AmqpLink;
  readonly topology: AmqpTopology;
  readonly mover: MessageMover;
}

const NOT_FOUND = 404;
/** A consumption that is younger may have messages on the way to us. */
const YOUNG_MS = 50;
/** How long a message that could not be buried is held before it is given back. */
const BURY_AGAIN_MS = 1_000;

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
    this.#pullAhead = new PullAhead(options.settings);
    this.#alarm = new Alarm(clock, () => this.#tick());
  }

  async pull(request: PullRequest): Promise<readonly Delivery[]> {
    this.assertOpen('pull from');
    if (request.signal?.aborted) return [];
    this.#pullAhead.begin(request.max, this.#buffer.size === 0, this.now());
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
    const deliveries = deliveryCountOf(held.message);
    await this.#options.mover.delay(held.message, { queue: this.queue, delayMs, deliveries });
  }

  /** Not the receiver's envelope: it may have changed it. */
  async deadLetter({ held, session }: AmqpDelivery, reason: string): Promise<void> {
    await this.#bury(decodeMessage(held.message), { held, session, reason });
  }

  #aborted(): void {
    if (this.#waiting.size > 0) return;
    this.#pullAhead.reset();
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
    try {
      for (let step = this.#step(); step !== null; step = this.#step()) await step();
    } catch (error) {
      await this.#fail(error);
    }
  }

  #step(): (() => Promise<void>) | null {
    if (this.#isClosed) return null;
    this.#serve();
    const session = this.#session;
    const now = this.now();
    const more = session === null ? 0 : this.#pullAhead.prefetchFor(session, this.#waiting.demand, this.#held());
    if (session !== null && more > 0) return () => session.consume(more);
    if (this.#waiting.size === 0) {
      const isAhead = session !== null && (session.isConsuming || this.#buffer.size > 0);
      const isOver = isAhead && this.#pullAhead.endsAt(this.#buffer.oldestArrival) <= now;
      return isOver ? () => this.#release(session) : null;
    }
    if (session === null) return () => this.#open();
    return this.#waiting.overdue(now).length > 0 ? () => this.#endOverdue(session) : null;
  }

  async #open(): Promise<void> {
    const { link, topology, settings } = this.#options;
    const waitMs = Math.max(0, this.#waiting.earliestDeadline - this.now());
    const patience = link.problem === null ? settings.answerTimeoutMs : Math.min(waitMs, settings.answerTimeoutMs);
    const connection = await link.connected(patience);
    if (connection === null) throw new TransportUnavailableError(`pull from "${this.queue}"`);
    const terms = await topology.termsOf(connection, this.queue);
    const channel = await connection.createChannel();
    const session: ConsumerSession = new ConsumerSession({
      channel,
      queue: this.queue,
      terms,
      settings,
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
    if (this.#isClosed || link.connection !== connection) await session.close();
    else this.#session = session;
  }

  /** Nobody pulls any more: others get what was pulled ahead. */
  async #release(session: ConsumerSession): Promise<void> {
    this.#pullAhead.reset();
    await session.cancel();
    if (this.#waiting.size > 0) return;
    for (let held = this.#buffer.take(); held !== undefined; held = this.#buffer.take()) session.giveBack(held);
  }

  async #endOverdue(session: ConsumerSession): Promise<void> {
    const now = this.now();
    const overdue = this.#waiting.overdue(now);
    const isSure =
      now - session.consumingSince >= YOUNG_MS && overdue.every((pull) => now - pull.startedAt >= YOUNG_MS);
    if (!isSure && this.#held() < this.#options.settings.prefetch) {
      const held = await session.look();
      if (held !== null) this.#buffer.add(held);
      this.#serve();
    }
    for (const pull of overdue) pull.end([]);
    if (this.#waiting.size === 0) this.#pullAhead.reset();
  }

  async #fail(cause: unknown): Promise<void> {
    const known = isHoldfastError(cause) && cause instanceof Error ? cause : null;
    const error =
      replyCodeOf(cause) === NOT_FOUND
        ? new UnknownQueueError(this.queue, { cause })
        : (known ?? new TransportUnavailableError(`pull from "${this.queue}"`, { cause }));
    this.#waiting.endAll(error);
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
    for (let first = this.#leases.peek(); first !== undefined; first = this.#leases.peek()) {
      first.lose();
      this.#leases.remove(first);
    }
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
    while (session !== null && deliveries.length < max) {
      const held = this.#buffer.take();
      if (held === undefined) break;
      const envelope = this.#read(held, session);
      if (envelope === null) continue;
      const delivery = new AmqpDelivery(this, { held, session, envelope });
      this.#leases.add(delivery);
      deliveries.push(delivery);
    }
    if (session !== null && deliveries.length > 0) {
      this.#pullAhead.end(deliveries.length === max, this.now());
      if (this.#pullAhead.prefetchFor(session, this.#waiting.demand, this.#held()) > 0) this.#work();
    }
    return deliveries;
  }

  #read(held: HeldMessage, session: ConsumerSession): Envelope | null {
    try {
      return decodeMessage(held.message);
    } catch (error) {
      void this.#buryMalformed(held, session, isMalformed(error) ? error.reason : 'its headers cannot be read');
      return null;
    }
  }

  async #buryMalformed(held: HeldMessage, session: ConsumerSession, problem: string): Promise<void> {
    const { settings } = this.#options;
    const { messageId } = held.message.properties;
    const id = typeof messageId === 'string' && messageId !== '' ? messageId : settings.ids.next();
    const reason = `It is not a CloudEvent: ${problem}.`;
    try {
      await this.#bury(malformedEnvelope(held.message.content, { id, queue: this.queue }), { held, session, reason });
      await session.ack(held);
      settings.onEvent({ type: 'malformed', queue: this.queue, reason });
    } catch {
      // The dead-letter queue cannot be reached now, or the channel was lost. It comes again.
      await settings.clock.sleep(BURY_AGAIN_MS);
      session.giveBack(held);
    }
  }

  async #bury(
    envelope: Envelope,
    { held, session, reason }: { held: HeldMessage; session: ConsumerSession; reason: string },
  ): Promise<void> {
    const { settings, mover } = this.#options;
    const mark = {
      reason,
      queue: readDeadLetter(envelope)?.queue ?? this.queue,
      time: settings.clock.now(),
      deliveryCount: deliveryCountOf(held.message),
    };
    await mover.deadLetter(envelope, { message: held.message, terms: session.terms, mark });
  }
}
