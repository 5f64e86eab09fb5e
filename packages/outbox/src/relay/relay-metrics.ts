import type { Envelope, Publisher, PublishOptions, Receipt, Telemetry } from '@holdfast/core';
import type { LaneStats, OutboxStats } from '../store/housekeeping-store.ts';
import type { Lane } from '../store/lane-store.ts';
import type { RelayLaneStatus } from './relay-lane-status.ts';

const SYSTEM = 'holdfast_outbox';

const OUTCOMES = {
  name: 'holdfast.outbox.published',
  unit: '{message}',
  description: 'Messages handed to the destination, by what became of them.',
};
const GAUGES = [
  { name: 'holdfast.outbox.pending', unit: '{message}', description: 'Messages that wait in the log.', of: pending },
  { name: 'holdfast.outbox.oldest_age', unit: 's', description: 'Age of the oldest waiting message.', of: oldestAge },
  { name: 'holdfast.outbox.parked', unit: '{message}', description: 'Messages that stand aside.', of: parked },
  { name: 'holdfast.outbox.blocked_keys', unit: '{key}', description: 'Keys that are held back.', of: blockedKeys },
] as const;

const BREAKER = {
  name: 'holdfast.outbox.breaker_open',
  description: '1 while the destination is left alone because it is unavailable, else 0.',
};

/** What there is to report on. */
export interface ObservedRelay {
  readonly stats: () => Promise<OutboxStats>;
  readonly status: () => readonly RelayLaneStatus[];
}

/**
 * Begins to report what waits, whenever metrics are collected. A lane is reported by the relay that holds it, so each is
 * reported once. Returns the function that ends it.
 */
export function observeOutbox(telemetry: Telemetry, { stats, status }: ObservedRelay): () => void {
  const held = () => status().filter((lane) => lane.held);
  const gauges = GAUGES.map(({ of, ...instrument }) =>
    telemetry.observe(instrument, async () => {
      const lanes = new Set(held().map(({ lane }) => lane));
      if (lanes.size === 0) return [];
      const all = (await stats()).lanes;
      return all.filter(({ lane }) => lanes.has(lane)).map((lane) => ({ value: of(lane), attributes: labels(lane) }));
    }),
  );
  const breaker = telemetry.observe(BREAKER, () =>
    held().map((lane) => ({ value: lane.breaker === 'closed' ? 0 : 1, attributes: labels(lane) })),
  );
  return () => {
    for (const end of [...gauges, breaker]) end();
  };
}

/** A publisher whose batches are spans, linked to the spans that sent the messages, and whose receipts are counted. */
export class MeteredPublisher implements Publisher {
  readonly #inner: Publisher;
  readonly #telemetry: Telemetry;
  readonly #destination: string;

  constructor(inner: Publisher, telemetry: Telemetry, destination: string) {
    this.#inner = inner;
    this.#telemetry = telemetry;
    this.#destination = destination;
  }

  async publish(batch: readonly Envelope[], options?: PublishOptions): Promise<readonly Receipt[]> {
    const span = {
      system: SYSTEM,
      destination: this.#destination,
      messageCount: batch.length,
      traceparents: batch.map((envelope) => envelope.attributes.traceparent),
    };
    const receipts = await this.#telemetry.producerSpan(span, () => this.#inner.publish(batch, options));
    this.#count(receipts);
    return receipts;
  }

  #count(receipts: readonly Receipt[]): void {
    const counts = new Map<string, number>();
    for (const receipt of receipts) {
      const outcome = receipt?.outcome ?? 'unknown';
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    }
    for (const [outcome, count] of counts) {
      const attributes = { 'messaging.destination.name': this.#destination, 'holdfast.outcome': outcome };
      this.#telemetry.add(OUTCOMES, count, attributes);
    }
  }
}

function labels({ lane, destination }: Lane) {
  return { 'messaging.destination.name': destination, 'holdfast.lane': String(lane) };
}

function pending(lane: LaneStats): number {
  return lane.pending;
}

function oldestAge(lane: LaneStats): number {
  return lane.oldestAgeMs / 1_000;
}

function parked(lane: LaneStats): number {
  return lane.parked;
}

function blockedKeys(lane: LaneStats): number {
  return lane.blockedKeys;
}
