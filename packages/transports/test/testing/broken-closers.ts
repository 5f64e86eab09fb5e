import type { Receipt } from '@holdfast/core';
import { TransportClosedError } from '../../src/errors/transport-closed-error.ts';
import { type BrokenTransport, broken, brokenReceipt, never } from './broken-transport.ts';

const doesNothing = broken('does nothing when it is closed', () => ({ close: async () => {} }));

export const brokenClosers: Readonly<Record<string, readonly BrokenTransport[]>> = {
  'close ends waiting pulls with no messages': [
    doesNothing,
    broken('rejects waiting pulls', (inner) => {
      let isClosed = false;
      return {
        reader: (queue) => ({
          pull: async (max, options) => {
            const deliveries = await inner.reader(queue).pull(max, options);
            if (isClosed) throw new TransportClosedError('pull');
            return deliveries;
          },
        }),
        close: () => {
          isClosed = true;
          return inner.close();
        },
      };
    }),
    broken('leaves pulls that have a signal to their signal', (inner) => {
      let isClosed = false;
      return {
        reader: (queue) => ({
          pull: async (max, options) => {
            const deliveries = await inner.reader(queue).pull(max, options);
            return isClosed && options.signal !== undefined ? never() : deliveries;
          },
        }),
        close: () => {
          isClosed = true;
          return inner.close();
        },
      };
    }),
    broken('waits for pulls to end by themselves', (inner) => {
      const pulls: Promise<unknown>[] = [];
      return {
        reader: (queue) => ({
          pull: (max, options) => {
            const pull = inner.reader(queue).pull(max, options);
            pulls.push(pull);
            return pull;
          },
        }),
        close: async () => {
          await Promise.all(pulls);
          await inner.close();
        },
      };
    }),
  ],
  'what a closed transport held is delivered to others well before its lease would end': [doesNothing],
  'after close publish gives unavailable and all else rejects with TransportClosedError, and closing again is the same':
    [
      doesNothing,
      broken('throws when it is closed again', (inner) => {
        let isClosed = false;
        return {
          close: async () => {
            if (isClosed) throw new TransportClosedError('close');
            isClosed = true;
            await inner.close();
          },
        };
      }),
      broken('rejects publishes after close', (inner) => {
        let isClosed = false;
        return {
          publish: async (batch, options) => {
            if (isClosed) throw new TransportClosedError('publish');
            return inner.publish(batch, options);
          },
          close: () => {
            isClosed = true;
            return inner.close();
          },
        };
      }),
      broken('returns nothing from pulls after close', (inner) => ({
        reader: (queue) => ({
          pull: async (max, options) => {
            try {
              return await inner.reader(queue).pull(max, options);
            } catch {
              return [];
            }
          },
        }),
      })),
    ],
  'close settles publishes that have no answer, and tells the truth about them': [
    broken('leaves publishes without an answer', (inner) => ({
      publish: async (batch, options) => {
        const receipts = await inner.publish(batch, options);
        return receipts.some(({ outcome }) => outcome === 'unknown') ? never() : receipts;
      },
    })),
    brokenReceipt('takes what was sent for accepted', (receipt): Receipt => {
      return receipt.outcome === 'unknown' ? { outcome: 'accepted' } : receipt;
    }),
    broken('rejects publishes that have no answer', (inner) => ({
      publish: async (batch, options) => {
        const receipts = await inner.publish(batch, options);
        if (receipts.some(({ outcome }) => outcome === 'unknown')) throw new TransportClosedError('publish');
        return receipts;
      },
    })),
  ],
  'close leaves no connection, also when the broker is down': [
    doesNothing,
    broken('connects again after it was closed', (inner, { network, clock }) => ({
      close: async () => {
        await inner.close();
        void clock.sleep(300).then(() => network.connect());
      },
    })),
  ],
  'F13.3: close ends while the network is silent, and leaves no connection': [
    broken('waits for the answer to its goodbye', (inner, { network }) => ({
      close: () => (network.carriesAnswers ? inner.close() : never()),
    })),
    broken('goes on connecting when it was closed without an answer', (inner, { network, clock }) => ({
      close: async () => {
        const isSilent = !network.carriesAnswers;
        await inner.close();
        for (let attempt = 1; isSilent && attempt < 100; attempt += 1) {
          void clock.sleep(100 * attempt).then(() => network.connect());
        }
      },
    })),
  ],
};
