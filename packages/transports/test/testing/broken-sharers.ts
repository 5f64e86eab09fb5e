import type { Delivery } from '@holdfast/core';
import { FaultyReader } from '@holdfast/transports/testing';
import { type BrokenTransport, brokenDelivery, brokenReader } from './broken-transport.ts';

export const brokenSharers: Readonly<Record<string, readonly BrokenTransport[]>> = {
  'a reader holds what it was asked for: the other messages go to others well before its lease would end': [
    brokenReader('fetches more than it was asked for, and keeps it', (inner) => {
      const kept: Delivery[] = [];
      return {
        pull: async (max, options) => {
          if (kept.length < max) kept.push(...(await inner.pull(max + 10, options)));
          return kept.splice(0, max);
        },
      };
    }),
  ],
  'many pulls of several clients at once lose no message, and deliver none twice': [
    brokenReader('delivers a message twice', (inner, { clock }) => {
      return new FaultyReader(inner, { faults: [{ fault: 'duplicate', later: true, at: 7 }], clock });
    }),
    brokenReader('gives pulls at the same time the same answer', (inner) => {
      let pulling: Promise<readonly Delivery[]> | null = null;
      return {
        pull: async (max, options) => {
          pulling ??= inner.pull(max, options);
          const deliveries = await pulling;
          pulling = null;
          return deliveries;
        },
      };
    }),
    brokenReader('loses what comes while it is busy', (inner) => {
      let pulls = 0;
      return {
        pull: async (max, options) => {
          pulls += 1;
          const isUnlucky = pulls === 3;
          const deliveries = await inner.pull(max, options);
          if (!isUnlucky) return deliveries;
          await deliveries[0]?.ack();
          return deliveries.slice(1);
        },
      };
    }),
    brokenReader('returns more than it was asked for', (inner) => ({
      pull: (max, options) => inner.pull(max + 2, options),
    })),
  ],
  'nobody holds a message that comes while its pull is aborted': [
    brokenReader('goes on pulling after it was aborted', (inner, { clock }) => ({
      pull: async (max, { waitMs, signal }) =>
        Promise.race([inner.pull(max, { waitMs }), clock.sleep(waitMs + 1, signal).then(() => [])]),
    })),
    brokenReader('forgets what it got when it is aborted', (inner) => ({
      pull: async (max, options) => {
        const deliveries = await inner.pull(max, options);
        return options.signal?.aborted ? [] : deliveries;
      },
    })),
  ],
  'a delay up to the longest is kept, and a longer one is refused and leaves the message leased': [
    brokenDelivery('shortens what is too long', (inner) => ({
      retry: (delayMs) => inner.retry(Math.min(delayMs, Number.MAX_SAFE_INTEGER)),
    })),
    brokenDelivery('lets long delays end at once', (inner) => ({
      retry: (delayMs) => inner.retry(delayMs > 2_147_483_647 && delayMs <= Number.MAX_SAFE_INTEGER ? 0 : delayMs),
    })),
    brokenDelivery('loses the message that it refuses to delay', (inner) => ({
      retry: async (delayMs) => {
        if (delayMs > Number.MAX_SAFE_INTEGER) await inner.ack();
        await inner.retry(delayMs);
      },
    })),
  ],
};
