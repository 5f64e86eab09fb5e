import { type Clock, type Envelope, encodeAttributes } from '@holdfast/core';
import { markDeadLetter } from '../../dead-letter/dead-letter.ts';
import { malformedEnvelope } from '../../dead-letter/malformed-envelope.ts';
import type { ClaimStore, PulledBatch, PulledRow, PullMarks } from '../store/claim-store.ts';
import type { QueueRecord } from '../store/queue-record.ts';
import { storedAttributes } from '../store/stored-attributes.ts';
import { HeldClaim } from './held-claim.ts';
import { Settlements } from './settlements.ts';
import { SqlDelivery } from './sql-delivery.ts';

/** How often a busy queue without order looks for what came back in other processes. */
const RETURNED_MS = 100;
/** How often a pull looks at everything, whatever is known from before. */
const SWEEP_MS = 10_000;
/** While an old transaction keeps vacuum away, a sweep walks over all that was settled since. It shall take 2 % of the time. */
const SWEEP_FACTOR = 50;
const MAX_SWEEP_MS = 300_000;

export interface QueueTakerOptions {
  readonly queue: QueueRecord;
  readonly claims: ClaimStore;
  readonly clock: Clock;
  readonly assertOpen: (activity: string) => void;
  readonly onReturned: (queueId: number) => void;
}

export interface Taken {
  readonly deliveries: readonly SqlDelivery[];
  /** There may be more right now. */
  readonly more: boolean;
}

/** Takes messages of one queue for this process, and knows what this process holds. */
export class QueueTaker {
  readonly #options: QueueTakerOptions;
  readonly #settlements: Settlements;
  readonly #held = new Set<HeldClaim>();
  #marks: PullMarks | null = null;
  #sweepAt = 0;
  #lookAt = 0;
  #returnedHaveTurn = true;

  constructor(options: QueueTakerOptions) {
    this.#options = options;
    this.#settlements = new Settlements(options);
  }

  /** The next {@link take} looks for what came back, also when there is enough that is new. */
  lookForReturned(): void {
    this.#lookAt = 0;
  }

  async take(max: number): Promise<Taken> {
    const { queue, claims, clock } = this.#options;
    const before = clock.monotonic();
    const isSweep = before >= this.#sweepAt;
    const returnedShare = this.#returnedShare(max, before);
    const marks = isSweep ? null : this.#marks;
    // What answers after a failure may be another server, which does not have all that this one had.
    this.#marks = null;
    const batch = await claims.pull({ queue, max, returnedShare, marks });
    if (isSweep) this.#sweep(before, clock.monotonic());
    this.#marks = batch.marks;
    if (batch.more) this.#lookAt = 0;
    return { deliveries: await this.#deliveriesOf(batch, before + queue.leaseMs), more: batch.more };
  }

  /** Gives back what nobody has seen. */
  async handBack(deliveries: readonly SqlDelivery[]): Promise<void> {
    await this.#release(deliveries, true);
  }

  /** Waits for settlements that are on their way and hands back the rest. */
  async close(): Promise<void> {
    await this.#settlements.flush();
    const now = this.#options.clock.monotonic();
    for (const held of [...this.#held]) {
      if (held.leaseEndsAt <= now) continue;
      try {
        await this.#release(held.open(), false);
      } catch {
        // The database is away, and leases end by themselves.
        return;
      }
    }
  }

  #returnedShare(max: number, now: number): number {
    if (!this.#options.queue.ordered && now < this.#lookAt) return 0;
    this.#returnedHaveTurn = max > 1 || !this.#returnedHaveTurn;
    if (!this.#returnedHaveTurn) return 0;
    this.#lookAt = now + RETURNED_MS;
    return Math.ceil(max / 2);
  }

  #sweep(before: number, now: number): void {
    this.#sweepAt = now + Math.min(MAX_SWEEP_MS, Math.max(SWEEP_MS, (now - before) * SWEEP_FACTOR));
    for (const held of this.#held) {
      // Nobody settles these any more, or learns from the database that they are lost.
      if (held.leaseEndsAt + SWEEP_MS < now) this.#held.delete(held);
    }
  }

  async #deliveriesOf(batch: PulledBatch, leaseEndsAt: number): Promise<readonly SqlDelivery[]> {
    if (batch.rows.length === 0) return [];
    const held = new HeldClaim({ claim: batch.claim, leaseEndsAt, size: batch.rows.length, register: this.#held });
    const malformed: PulledRow[] = [];
    const deliveries: SqlDelivery[] = [];
    for (const row of batch.rows) {
      const envelope = envelopeOf(row);
      if (envelope === null) malformed.push(row);
      else deliveries.push(this.#delivery(row, envelope, held));
    }
    for (const row of malformed) await this.#deadLetter(row, batch.claim);
    return deliveries;
  }

  #delivery(row: PulledRow, envelope: Envelope, held: HeldClaim): SqlDelivery {
    const { deliveryCount, position, attributes } = row;
    const settlements = this.#settlements;
    const delivery = new SqlDelivery({ envelope, deliveryCount, position, attributes, held, settlements });
    held.add(delivery);
    return delivery;
  }

  /** A row that nobody can read would come back for ever. */
  async #deadLetter(row: PulledRow, claim: number): Promise<void> {
    const { queue, claims, clock } = this.#options;
    const { position, deliveryCount } = row;
    const found = malformedEnvelope(row.body, { id: row.id, queue: queue.name });
    const reason = 'The stored attributes are not a JSON object of strings.';
    const mark = { reason, queue: queue.name, time: clock.now(), deliveryCount };
    const { id, source, type, attributes } = markDeadLetter(found, mark);
    await claims.deadLetter(queue, { claim, position, id, source, type, attributes: encodeAttributes(attributes) });
  }

  async #release(deliveries: readonly SqlDelivery[], uncounted: boolean): Promise<void> {
    const [first] = deliveries;
    if (first === undefined) return;
    const { queue, claims, onReturned } = this.#options;
    const { claim } = first.held;
    const positions = deliveries.map(({ position }) => position);
    for (const delivery of deliveries) delivery.end();
    await claims.move(queue, { claim, positions, dueInMs: 0, leased: false, uncounted });
    onReturned(queue.id);
  }
}

function envelopeOf({ id, source, type, key, attributes: text, body }: PulledRow): Envelope | null {
  const attributes = storedAttributes(text);
  return attributes && { id, source, type, key, attributes, body };
}
