import type { Envelope, Publisher } from '@holdfast/core';

export interface RawPublishOptions {
  /** Most messages without a receipt. */
  readonly windowSize: number;
  /** Most messages of one `publish`. */
  readonly batchSize: number;
}

/** The limit of every relay: messages that are in memory already, a window that is refilled as soon as a batch fits. */
export async function rawPublishLoop(
  publisher: Publisher,
  envelopes: readonly Envelope[],
  { windowSize, batchSize }: RawPublishOptions,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let sent = 0;
  let settled = 0;
  const fill = () => {
    while (sent < envelopes.length && windowSize - (sent - settled) >= batchSize) {
      const batch = envelopes.slice(sent, sent + batchSize);
      sent += batch.length;
      publisher.publish(batch).then((receipts) => {
        const refused = receipts.find(({ outcome }) => outcome !== 'accepted');
        if (refused !== undefined) reject(new Error('A message was not accepted.', { cause: refused }));
        settled += receipts.length;
        if (settled === envelopes.length) resolve();
        else fill();
      }, reject);
    }
  };
  fill();
  await promise;
}
