import type { Delivery, QueueReader } from '@holdfast/core';
import { alteredDelivery } from './altered-delivery.ts';
import { type BrokenTransport, broken, brokenReader } from './broken-transport.ts';

/** Knows the whole world's deliveries, as a broker does. */
const seenBy = new WeakMap<object, Set<string>>();

/** What no adapter with `redeliveries` may do, and every one with `first-deliveries` may. */
const newBeforeOld = brokenReader('delivers what is new before what comes back', (inner, parts) => {
  const seen = seenBy.get(parts) ?? new Set<string>();
  seenBy.set(parts, seen);
  return {
    pull: async (max, options) => {
      const ready = await inner.pull(100, options);
      const chosen = ready.toSorted((one, other) => rank(seen, one) - rank(seen, other)).slice(0, max);
      for (const delivery of ready) {
        if (!chosen.includes(delivery)) await delivery.retry(0);
      }
      for (const { envelope } of chosen) seen.add(envelope.id);
      return chosen;
    },
  };
});

function rank(seen: ReadonlySet<string>, { envelope }: Delivery): number {
  return (seen.has(envelope.id) ? 1_000 : 0) + Number(envelope.id.replaceAll(/\D/g, ''));
}

/** A key whose message was dead-lettered is never delivered again. */
const blocksDeadKeys = brokenReader('keeps a key back after a dead letter', (inner): QueueReader => {
  const dead = new Set<string | null>();
  return {
    pull: async (max, options) => {
      const deliveries = await inner.pull(max, options);
      const passing: Delivery[] = [];
      for (const delivery of deliveries) {
        const { key } = delivery.envelope;
        const deadLetter = async (reason: string) => {
          dead.add(key);
          await delivery.deadLetter(reason);
        };
        if (dead.has(key)) await delivery.retry(1_000_000);
        else passing.push(alteredDelivery(delivery, { deadLetter }));
      }
      return passing;
    },
  };
});

const comingBack = Object.fromEntries(
  ['is handed back', 'is handed back with a delay', 'is not settled in its lease'].map((what) => [
    `a message that ${what} comes before the later ones of its key, whoever pulls`,
    [newBeforeOld],
  ]),
);

export const brokenOrderers: Readonly<Record<string, readonly BrokenTransport[]>> = {
  'messages of each key are first delivered in the order of publishing, with many keys and small pulls': [
    brokenReader('returns the last first', (inner) => ({
      pull: async (max, options) => (await inner.pull(max, options)).toReversed(),
    })),
    broken('publishes a batch one by one, the last first', (inner) => ({
      publish: async (batch, options) => (await inner.publish(batch.toReversed(), options)).toReversed(),
    })),
  ],
  'messages of each key are first delivered in the order of publishing, also to a reader that pauses': [
    brokenReader('gives back what it fetched ahead when nobody pulls', (inner, { clock }) => {
      const ahead: Delivery[] = [];
      let pulledAt = 0;
      return {
        pull: async (max, options) => {
          if (clock.monotonic() - pulledAt >= 500) {
            for (const delivery of ahead.splice(0)) await delivery.retry(1);
          }
          if (ahead.length < max) ahead.push(...(await inner.pull(max + 10, options)));
          pulledAt = clock.monotonic();
          return ahead.splice(0, max);
        },
      };
    }),
  ],
  'messages of each key are first delivered in the order of publishing, also when another client goes on': [
    broken('gives back what it fetched ahead as late as it can when it is closed', (inner) => {
      const ahead: Delivery[] = [];
      return {
        reader: (queue) => ({
          pull: async (max, options) => {
            if (ahead.length < max) ahead.push(...(await inner.reader(queue).pull(max + 10, options)));
            return ahead.splice(0, max);
          },
        }),
        close: async () => {
          for (const delivery of ahead) await delivery.retry(50);
          await inner.close();
        },
      };
    }),
  ],
  'a leased message holds back the later ones of its key from all readers, while other keys go on': [
    broken('keeps the order of first deliveries alone', () => ({})),
  ],
  ...comingBack,
  'a dead-lettered message holds nobody back': [blocksDeadKeys],
};
