import { check } from '@holdfast/testkit';
import type { OutboxFacts } from './outbox-world.ts';

/** The number of each committed message within its key, in the order of the commits. */
function numbersOf({
  committed,
}: OutboxFacts): ReadonlyMap<string, { readonly key: string; readonly sequence: number }> {
  const last = new Map<string, number>();
  const numbers = new Map<string, { key: string; sequence: number }>();
  for (const { id, key } of committed) {
    const sequence = (last.get(key) ?? 0) + 1;
    last.set(key, sequence);
    numbers.set(id, { key, sequence });
  }
  return numbers;
}

/** What the queue delivered, each message where it went out first: what comes back may come in another order. */
function firstDeliveries({ broker }: OutboxFacts): readonly string[] {
  return [...new Set(broker.deliveries.map(({ id }) => id))];
}

export const outboxChecks = [
  check.nothingLost<OutboxFacts>({
    accepted: ({ committed }) => committed.map(({ id }) => id),
    applied: ({ delivered }) => delivered.map(({ id }) => id),
  }),
  check.noPhantom<OutboxFacts>({
    origins: ({ committed }) => committed.map(({ id }) => id),
    effects: ({ delivered }) => delivered.map(({ id }) => id),
  }),
  check.orderPerKey<OutboxFacts>({
    effects: (facts) => {
      const numbers = numbersOf(facts);
      return firstDeliveries(facts).flatMap((id) => numbers.get(id) ?? []);
    },
  }),
];
