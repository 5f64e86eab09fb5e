import assert from 'node:assert/strict';
import type { Envelope, Publisher } from '@holdfast/core';
import { bounds, type PassingTime } from './passing-time.ts';
import { waitFor } from './pull-all.ts';

const STEP_MS = 50;

/**
 * Publishes as a relay does: what ends as `unavailable` or `unknown` again, in order, until all are accepted. Fails when
 * that takes longer than {@link bounds.recoveryMs}, or a message is rejected.
 */
export async function publishUntilAccepted(
  time: PassingTime,
  publisher: Publisher,
  batch: readonly Envelope[],
): Promise<void> {
  let left = batch;
  for (let passed = 0; ; passed += STEP_MS) {
    const receipts = await waitFor(time, publisher.publish(left));
    assert.equal(receipts.length, left.length, 'publish returns one receipt per message');
    const rejected = receipts.find(({ outcome }) => outcome === 'rejected');
    assert.equal(rejected, undefined, 'a message was rejected');
    left = left.filter((_, index) => receipts[index]?.outcome !== 'accepted');
    if (left.length === 0) return;
    assert.ok(passed < bounds.recoveryMs, `publish gave "${receipts[0]?.outcome}" for ${bounds.recoveryMs} ms`);
    await time.passTime(STEP_MS);
  }
}
