import type { Telemetry } from '@holdfast/core';
import type { InboxStats } from '../store/retention-store.ts';

interface Gauge {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly of: (stats: InboxStats) => number | null;
}

const GAUGES: readonly Gauge[] = [
  {
    name: 'holdfast.inbox.oldest_record_age',
    unit: 's',
    description: 'Age of the oldest record of an applied message.',
    of: ({ oldestRecordAgeMs }) => oldestRecordAgeMs / 1_000,
  },
  {
    name: 'holdfast.inbox.lag',
    unit: 's',
    description: 'How far the consumer is behind the senders of its messages.',
    of: ({ lagMs }) => (lagMs === null ? null : lagMs / 1_000),
  },
  {
    name: 'holdfast.inbox.quarantined',
    unit: '{message}',
    description: 'Messages that are set aside because they never ended.',
    of: ({ quarantined }) => quarantined,
  },
  {
    name: 'holdfast.inbox.parked',
    unit: '{message}',
    description: 'Messages that wait in the database for their predecessor, or for a person.',
    of: ({ parked }) => parked,
  },
];

export interface ObservedInbox {
  readonly consumer: string;
  stats(): Promise<InboxStats>;
}

/** Begins to report the inbox's figures whenever metrics are collected. Returns the function that ends it. */
export function observeInbox(telemetry: Telemetry, inbox: ObservedInbox): () => void {
  const attributes = { 'messaging.consumer.group.name': inbox.consumer };
  let reading: Promise<InboxStats> | null = null;
  // All gauges are read at once: one query serves them.
  const read = () => {
    reading ??= inbox.stats().finally(() => {
      reading = null;
    });
    return reading;
  };
  const endings = GAUGES.map(({ of, ...instrument }) =>
    telemetry.observe(instrument, async () => {
      const value = of(await read());
      return value === null ? [] : [{ value, attributes }];
    }),
  );
  return () => {
    for (const end of endings) end();
  };
}
