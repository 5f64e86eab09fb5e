import type { Envelope, Publisher, PublishOptions, Receipt } from '@holdfast/core';
import type { PublisherWorld } from '../memory/memory-fixtures.ts';

export interface BrokenPublisher {
  readonly what: string;
  readonly wrap: (inner: Publisher, world: PublisherWorld) => Publisher;
}

type Publish = (
  inner: Publisher,
  batch: readonly Envelope[],
  options: PublishOptions | undefined,
) => Promise<readonly Receipt[]>;

const accepted: Receipt = { outcome: 'accepted' };

function broken(what: string, publish: Publish): BrokenPublisher {
  return { what, wrap: (inner) => ({ publish: (batch, options) => publish(inner, batch, options) }) };
}

function changing(what: string, change: (envelope: Envelope) => Envelope): BrokenPublisher {
  return broken(what, (inner, batch, options) => inner.publish(batch.map(change), options));
}

/** Says that everything was accepted, whatever the broker says. */
const alwaysAccepted = broken('says accepted whatever the broker answers', async (inner, batch, options) => {
  await inner.publish(batch, options);
  return batch.map(() => accepted);
});

const ignoresKeys = changing('forgets the key, so that nobody withholds it', (envelope) => ({
  ...envelope,
  key: null,
}));

/** Wrong adapters, by the rule of `publisherRules` that finds them. */
export const brokenPublishers: Readonly<Record<string, readonly BrokenPublisher[]>> = {
  'a batch gets one receipt per message, each at the index of its message': [
    broken('returns receipts for what was accepted only', async (inner, batch, options) =>
      (await inner.publish(batch, options)).filter(({ outcome }) => outcome === 'accepted'),
    ),
    broken('returns receipts as they come, the last first', async (inner, batch, options) =>
      (await inner.publish(batch, options)).toReversed(),
    ),
  ],
  'an empty batch gets no receipts': [
    broken('refuses an empty batch', async (inner, batch, options) =>
      batch.length === 0 ? [{ outcome: 'rejected', reason: 'Empty.' }] : inner.publish(batch, options),
    ),
    broken('throws on an empty batch', async (inner, batch, options) => {
      if (batch.length === 0) throw new Error('Empty.');
      return inner.publish(batch, options);
    }),
  ],
  'an accepted message arrives with its identity, key, attributes and every byte of its body': [
    changing('carries bodies as text', (envelope) => ({
      ...envelope,
      body: new TextEncoder().encode(new TextDecoder().decode(envelope.body)),
    })),
    changing('drops attributes', (envelope) => ({ ...envelope, attributes: Object.create(null) })),
    changing('makes an absent key an empty one', (envelope) => ({ ...envelope, key: envelope.key ?? '' })),
    changing('gives each message a new id', (envelope) => ({ ...envelope, id: `${envelope.id}'` })),
  ],
  'the sender may use the memory of a body again once the receipt is given': [
    {
      what: 'sends later what it was given',
      wrap: (inner, { clock }) => ({
        publish: async (batch) => {
          void clock.sleep(100).then(() => inner.publish(batch));
          return batch.map(() => accepted);
        },
      }),
    },
  ],
  'a message that no queue gets is rejected with a reason, and its neighbours arrive': [
    alwaysAccepted,
    broken('rejects without a reason', async (inner, batch, options) =>
      (await inner.publish(batch, options)).map((receipt) =>
        receipt.outcome === 'rejected' ? { outcome: 'rejected', reason: '' } : receipt,
      ),
    ),
    broken('rejects the whole batch for one message', async (inner, batch, options) => {
      if (batch.some(({ type }) => type === 'nobody.cares')) {
        return batch.map(() => ({ outcome: 'rejected', reason: 'A message of the batch is unroutable.' }));
      }
      return inner.publish(batch, options);
    }),
  ],
  'a body above the limit is rejected with a reason, one at the limit arrives': [
    alwaysAccepted,
    broken('cuts bodies', (inner, batch, options) =>
      inner.publish(
        batch.map((envelope) => ({ ...envelope, body: envelope.body.slice(0, 1_000) })),
        options,
      ),
    ),
    broken('calls a body that is too large unavailable', async (inner, batch, options) =>
      (await inner.publish(batch, options)).map((receipt) =>
        receipt.outcome === 'rejected' ? { outcome: 'unavailable', reason: receipt.reason } : receipt,
      ),
    ),
  ],
  'F4.1: while the broker is down publish does not reject, and nothing is accepted or rejected': [
    broken('throws when the broker is down', async (inner, batch, options) => {
      const receipts = await inner.publish(batch, options);
      if (receipts.some(({ outcome }) => outcome === 'unavailable')) throw new Error('The broker is down.');
      return receipts;
    }),
    broken('calls messages bad when the broker is down', async (inner, batch, options) =>
      (await inner.publish(batch, options)).map((receipt) =>
        receipt.outcome === 'unavailable' ? { outcome: 'rejected', reason: receipt.reason } : receipt,
      ),
    ),
    alwaysAccepted,
  ],
  'F4.1: the same publisher is accepted again after an outage': [
    {
      what: 'never recovers',
      wrap: (inner) => {
        let isLost = false;
        return {
          publish: async (batch, options) => {
            if (isLost) return batch.map(() => ({ outcome: 'unavailable', reason: 'The connection is lost.' }));
            const receipts = await inner.publish(batch, options);
            isLost = receipts.some(({ outcome }) => outcome === 'unavailable');
            return receipts;
          },
        };
      },
    },
  ],
  'what ends as unavailable was not taken, what ends as accepted was': [
    {
      what: 'keeps what was unavailable and sends it later',
      wrap: (inner, { clock }) => ({
        publish: async (batch, options) => {
          const receipts = await inner.publish(batch, options);
          const failed = batch.filter((_, index) => receipts[index]?.outcome === 'unavailable');
          void clock.sleep(100).then(() => inner.publish(failed));
          return receipts;
        },
      }),
    },
    alwaysAccepted,
  ],
  'messages are handed over in the order of the calls and of the batch, also with several calls in flight': [
    broken('reverses batches', (inner, batch, options) => inner.publish(batch.toReversed(), options)),
    {
      what: 'lets every second call take longer',
      wrap: (inner, { clock }) => {
        let calls = 0;
        return {
          publish: async (batch, options) => {
            calls += 1;
            for (let turn = 0; turn < (calls % 2) * 10; turn += 1) await Promise.resolve();
            if (clock.monotonic() > 0) throw new Error('No time was to pass.');
            return inner.publish(batch, options);
          },
        };
      },
    },
  ],
  'F4.5: an outage lets no message overtake an earlier one of its key that failed': [ignoresKeys],
  'an aborted call lets no message overtake an earlier one of its key that failed': [ignoresKeys],
  'a call with an aborted signal settles: what was never sent is unavailable, and does not arrive': [
    broken('ignores the signal', (inner, batch) => inner.publish(batch)),
    broken('calls unknown what it never sent', async (inner, batch, options) =>
      options?.signal?.aborted
        ? batch.map(() => ({ outcome: 'unknown', reason: 'Aborted.' }))
        : inner.publish(batch, options),
    ),
    broken('rejects when aborted', async (inner, batch, options) => {
      options?.signal?.throwIfAborted();
      return inner.publish(batch, options);
    }),
  ],
  'calls leave no listener on a signal that outlives them': [
    broken('never removes its listener', (inner, batch, options) => {
      options?.signal?.addEventListener('abort', () => {});
      return inner.publish(batch, options);
    }),
  ],
};
