import {
  type Clock,
  type Delivery,
  isHoldfastError,
  LeaseLostError,
  type PullOptions,
  type QueueReader,
} from '@holdfast/core';
import { FaultyReader } from '@holdfast/transports/testing';
import { alteredDelivery } from './altered-delivery.ts';

export interface BrokenReader {
  readonly what: string;
  readonly wrap: (inner: QueueReader, clock: Clock) => QueueReader;
}

type Pull = (inner: QueueReader, max: number, options: PullOptions) => Promise<readonly Delivery[]>;

function broken(what: string, pull: Pull): BrokenReader {
  return { what, wrap: (inner) => ({ pull: (max, options) => pull(inner, max, options) }) };
}

function altering(what: string, changes: (inner: Delivery) => Partial<Delivery>): BrokenReader {
  return broken(what, async (inner, max, options) =>
    (await inner.pull(max, options)).map((delivery) => alteredDelivery(delivery, changes(delivery))),
  );
}

async function swallowLeaseLost(settlement: Promise<void>): Promise<void> {
  try {
    await settlement;
  } catch (error) {
    if (!isHoldfastError(error, 'ERR_CORE_LEASE_LOST')) throw error;
  }
}

async function nothing(): Promise<void> {}

const silentAboutLostLeases = altering('does not notice lost leases', (inner) => ({
  ack: () => swallowLeaseLost(inner.ack()),
  retry: (delayMs) => swallowLeaseLost(inner.retry(delayMs)),
  deadLetter: (reason) => swallowLeaseLost(inner.deadLetter(reason)),
  extend: (ms) => swallowLeaseLost(inner.extend(ms)),
}));

const ignoresSignal = broken('ignores the signal', (inner, max, { waitMs }) => inner.pull(max, { waitMs }));

/** Looks for messages when the time is over, and not before. */
const looksAtTheEnd: BrokenReader = {
  what: 'looks only at the end of its time',
  wrap: (inner, clock) => ({
    pull: async (max, { waitMs, signal }) => {
      const now = await inner.pull(max, { waitMs: 0 });
      if (now.length > 0 || waitMs === 0) return now;
      await clock.sleep(waitMs, signal);
      return inner.pull(max, { waitMs: 0 });
    },
  }),
};

const hidesOutages: BrokenReader = {
  what: 'returns nothing where it is to reject',
  wrap: (inner, clock) => ({
    pull: async (max, options) => {
      try {
        return await inner.pull(max, options);
      } catch {
        await clock.sleep(options.waitMs, options.signal);
        return [];
      }
    },
  }),
};

const hangsInOutages = broken('never answers where it is to reject', (inner, max, options) =>
  inner.pull(max, options).catch(() => new Promise(() => {})),
);

const settlesOnPull = broken('acks when it delivers', async (inner, max, options) => {
  const deliveries = await inner.pull(max, options);
  await Promise.all(deliveries.map((delivery) => delivery.ack()));
  return deliveries;
});

const doesNotExtend = altering('does not extend', () => ({ extend: nothing }));
const doesNotAck = altering('does not ack', () => ({ ack: nothing }));
const deliversTwice: BrokenReader = {
  what: 'delivers twice',
  wrap: (inner, clock) => new FaultyReader(inner, { faults: [{ fault: 'duplicate', later: true }], clock }),
};

/** Says that leases end, and holds them all the same. */
const neverLetsGo: BrokenReader = {
  what: 'says that a lease is lost, and keeps it',
  wrap: (inner, clock) => ({
    pull: async (max, options) => {
      const deliveries = await inner.pull(max, options);
      return Promise.all(
        deliveries.map(async (delivery) => {
          const { leaseEndsAt } = delivery;
          await delivery.extend(1_000_000_000);
          const ifHeld = async (settle: () => Promise<void>) => {
            if (clock.monotonic() >= leaseEndsAt) throw new LeaseLostError(delivery.envelope.id);
            return settle();
          };
          return alteredDelivery(delivery, {
            leaseEndsAt,
            ack: () => ifHeld(() => delivery.ack()),
            retry: (delayMs) => ifHeld(() => delivery.retry(delayMs)),
            deadLetter: (reason) => ifHeld(() => delivery.deadLetter(reason)),
            extend: (ms) => ifHeld(() => delivery.extend(ms)),
          });
        }),
      );
    },
  }),
};

const lateRules = Object.fromEntries(
  ['ack', 'retry', 'deadLetter', 'extend'].map((operation) => [
    `F5.5: ${operation} after the lease ended rejects with LeaseLostError, and changes nothing`,
    [silentAboutLostLeases, neverLetsGo],
  ]),
);

const onceRules = Object.fromEntries(
  ['ack', 'retry', 'retry with a delay', 'deadLetter'].map((operation) => [
    `a message is settled once: after ${operation}, every other settlement rejects with LeaseLostError`,
    [silentAboutLostLeases],
  ]),
);

const pulling: Readonly<Record<string, readonly BrokenReader[]>> = {
  'a message is delivered with its identity, key, attributes and every byte of its body': [
    altering('carries bodies as text', ({ envelope }) => ({
      envelope: { ...envelope, body: new TextEncoder().encode(new TextDecoder().decode(envelope.body)) },
    })),
    altering('drops the key', ({ envelope }) => ({ envelope: { ...envelope, key: null } })),
    altering('counts from 0', ({ deliveryCount }) => ({ deliveryCount: deliveryCount - 1 })),
  ],
  'pull returns as many messages as it is asked for at most, and each message once': [
    broken('returns one more', (inner, max, options) => inner.pull(max + 1, options)),
    deliversTwice,
  ],
  'first deliveries come in the order in which the messages were sent': [
    broken('returns the last first', async (inner, max, options) => (await inner.pull(max, options)).toReversed()),
  ],
  'two readers of a queue share its messages: each message goes to one of them': [
    altering('gives leases back at once', (inner) => {
      void inner.retry(0);
      return {};
    }),
  ],
  'pull from an empty queue returns nothing at once when it is not to wait': [
    broken('always waits', (inner, max, options) => inner.pull(max, { ...options, waitMs: options.waitMs + 1_000 })),
  ],
  'pull from an empty queue returns nothing after its time, and not before': [
    broken('never waits', (inner, max, options) => inner.pull(max, { ...options, waitMs: 0 })),
    broken('takes waitMs for seconds', (inner, max, options) =>
      inner.pull(max, { ...options, waitMs: options.waitMs * 1_000 }),
    ),
  ],
  'a waiting pull returns as soon as there is a message': [looksAtTheEnd],
  'a waiting pull gets a message whose lease ends': [looksAtTheEnd],
  'pull with an aborted signal returns nothing, and takes nothing': [
    ignoresSignal,
    broken('takes messages and drops them', async (inner, max, { waitMs, signal }) => {
      const deliveries = await inner.pull(max, { waitMs });
      return signal?.aborted ? [] : deliveries;
    }),
  ],
  'aborting ends a waiting pull with nothing, and a message that comes then goes to the next pull': [
    ignoresSignal,
    {
      what: 'goes on pulling after it was aborted',
      wrap: (inner, clock) => ({
        pull: async (max, { waitMs, signal }) => {
          if (signal?.aborted) return [];
          return Promise.race([inner.pull(max, { waitMs }), clock.sleep(waitMs + 1, signal).then(() => [])]);
        },
      }),
    },
  ],
  'pulls leave no listener on a signal that outlives them': [
    broken('never removes its listener', (inner, max, options) => {
      options.signal?.addEventListener('abort', () => {});
      return inner.pull(max, options);
    }),
  ],
  'pull from a queue that does not exist rejects': [hidesOutages, hangsInOutages],
  'F13.3: pull rejects while the broker is down, and the same reader gets the message when it is up': [
    hidesOutages,
    hangsInOutages,
    {
      what: 'never recovers',
      wrap: (inner) => {
        let isLost = false;
        return {
          pull: async (max, options) => {
            if (isLost) throw new Error('The connection is lost.');
            isLost = true;
            const deliveries = await inner.pull(max, options);
            isLost = false;
            return deliveries;
          },
        };
      },
    },
  ],
  'F13.3: a broker that goes down ends a waiting pull': [hidesOutages, hangsInOutages],
};

const leasing: Readonly<Record<string, readonly BrokenReader[]>> = {
  'a leased message is not delivered to others before its lease ends': [
    broken('takes shorter leases', async (inner, max, options) => {
      const deliveries = await inner.pull(max, options);
      await Promise.all(deliveries.map((delivery) => delivery.extend(10)));
      return deliveries;
    }),
  ],
  'F5.1: a message that is not settled before its lease ends is delivered again': [settlesOnPull, neverLetsGo],
  'deliveryCount counts each delivery, also those handed back': [
    altering('always says 1', () => ({ deliveryCount: 1 })),
  ],
  "leaseEndsAt is the end of the lease on the reader's clock": [
    altering('says it in wall-clock time', ({ leaseEndsAt }) => ({ leaseEndsAt: leaseEndsAt + 1_800_000_000_000 })),
    altering('says when the lease began', () => ({ leaseEndsAt: 0 })),
  ],
  'F5.5: a late holder cannot settle the lease of the next one': [silentAboutLostLeases],
  'F5.2: an extended message is not delivered to others before its new end, and is afterwards': [
    doesNotExtend,
    altering('extends for ever', (inner) => ({ extend: (ms) => inner.extend(1_000 * ms) })),
  ],
  'extend moves leaseEndsAt to so many milliseconds from now, also to an earlier time': [
    doesNotExtend,
    altering('adds to the end of the lease', (inner) => {
      let end = inner.leaseEndsAt;
      return {
        get leaseEndsAt() {
          return end;
        },
        extend: async (ms) => {
          end += ms;
        },
      };
    }),
  ],
  'F5.2: an extended message can be settled after its first end': [doesNotExtend],
};

const settling: Readonly<Record<string, readonly BrokenReader[]>> = {
  'an acked message is never delivered again': [doesNotAck],
  'settling concerns one message: the others of a pull come back, in any order of acks': [
    broken('acks everything before it too', async (inner, max, options) => {
      const deliveries = await inner.pull(max, options);
      const ackUpTo = async (last: number) => {
        for (const delivery of deliveries.slice(0, last + 1)) await swallowLeaseLost(delivery.ack());
      };
      return deliveries.map((delivery, index) => alteredDelivery(delivery, { ack: () => ackUpTo(index) }));
    }),
    doesNotAck,
  ],
  'a message that is handed back is delivered again after its delay, and not before': [
    altering('ignores the delay', (inner) => ({ retry: () => inner.retry(0) })),
    altering('loses what is handed back', (inner) => ({ retry: () => inner.ack() })),
    altering('takes the delay for seconds', (inner) => ({ retry: (delayMs) => inner.retry(delayMs * 1_000) })),
  ],
  'a message that is handed back without delay is delivered again before its lease would end': [
    altering('does not hand back', () => ({ retry: nothing })),
  ],
  'F5.8, F5.10: a dead-lettered message leaves the queue and is in the dead-letter queue with its bytes and reason': [
    altering('drops dead letters', (inner) => ({ deadLetter: () => inner.ack() })),
    altering('loses the reason', (inner) => ({ deadLetter: () => inner.deadLetter('') })),
    altering('leaves it in the queue', (inner) => ({ deadLetter: () => inner.retry(0) })),
  ],
  'only dead-lettered messages are in the dead-letter queue': [
    altering('dead-letters what is retried', (inner) => ({ retry: () => inner.deadLetter('Retried.') })),
  ],
};

/** Wrong adapters, by the rule of `queueReaderRules` that finds them. */
export const brokenReaders: Readonly<Record<string, readonly BrokenReader[]>> = {
  ...pulling,
  ...leasing,
  ...lateRules,
  ...settling,
  ...onceRules,
};
