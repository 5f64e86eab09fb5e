import assert from 'node:assert/strict';
import type { Delivery, QueueReader } from '@holdfast/core';
import type { QueueReaderFixture } from './queue-reader-fixture.ts';
import { hasSettled } from './settled.ts';

const WAIT_MS = 250;
const MAX_WAITS = 8;

/** Pulls until `count` messages came. Fails when more come than were asked for, or no more come. */
export async function pullAll(
  fixture: QueueReaderFixture,
  count: number,
  reader: QueueReader = fixture.reader,
): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  while (deliveries.length < count) {
    const max = count - deliveries.length;
    const pulled = await waitFor(fixture, reader.pull(max, { waitMs: WAIT_MS }));
    assert.ok(pulled.length <= max, `pull(${max}) returned ${pulled.length} deliveries`);
    assert.ok(pulled.length > 0, `${count} messages were to come, and ${deliveries.length} came`);
    deliveries.push(...pulled);
  }
  return deliveries;
}

/** The next message. */
export async function pullOne(fixture: QueueReaderFixture, reader: QueueReader = fixture.reader): Promise<Delivery> {
  const [delivery] = await pullAll(fixture, 1, reader);
  assert.ok(delivery !== undefined);
  return delivery;
}

/** Waits for an answer that is due within {@link WAIT_MS}; an adapter that never answers fails instead of hanging. */
export async function waitFor<T>(fixture: QueueReaderFixture, answer: Promise<T>): Promise<T> {
  for (let wait = 0; wait < MAX_WAITS && !(await hasSettled(answer)); wait += 1) {
    await Promise.race([answer, fixture.passTime(WAIT_MS)]);
  }
  assert.ok(await hasSettled(answer), 'the reader does not answer');
  return answer;
}

/** Fails when there is a message to pull. */
export async function assertNothingToPull(
  fixture: QueueReaderFixture,
  when: string,
  reader: QueueReader = fixture.reader,
): Promise<void> {
  const deliveries = await waitFor(fixture, reader.pull(10, { waitMs: 0 }));
  const ids = deliveries.map(({ envelope }) => envelope.id);
  assert.deepEqual(ids, [], `nothing was to be delivered ${when}`);
}

/** Fails when the pull returns something, and also when it does not answer at all. */
export async function assertPullRejects(fixture: QueueReaderFixture, pull: Promise<unknown>): Promise<void> {
  // Until it is looked at below, its rejection is nobody's.
  pull.catch(() => {});
  for (let wait = 0; wait < MAX_WAITS && !(await hasSettled(pull)); wait += 1) await fixture.passTime(WAIT_MS);
  assert.ok(await hasSettled(pull), 'the reader does not answer');
  await assert.rejects(pull);
}

/** Fails unless the promise rejects with LeaseLostError. */
export async function assertLeaseLost(settlement: Promise<void>, what: string): Promise<void> {
  await assert.rejects(settlement, { code: 'ERR_CORE_LEASE_LOST' }, `${what} was to reject with LeaseLostError`);
}
