import assert from 'node:assert/strict';
import { type Delivery, isHoldfastError, type QueueReader } from '@holdfast/core';
import { bounds, type PassingTime, settlesWithin } from './passing-time.ts';
import type { QueueReaderFixture } from './queue-reader-fixture.ts';

/** Pulls until `count` messages came. Fails when more come than were asked for, or no more come. */
export async function pullAll(
  fixture: QueueReaderFixture,
  count: number,
  reader: QueueReader = fixture.reader,
): Promise<Delivery[]> {
  return pullFrom(fixture, reader, count);
}

/** {@link pullAll} without a fixture of one queue. */
export async function pullFrom(time: PassingTime, reader: QueueReader, count: number): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  while (deliveries.length < count) {
    const max = count - deliveries.length;
    const pulled = await waitFor(time, reader.pull(max, { waitMs: bounds.arrivalMs }));
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

/** Waits for an answer that is due by now; an adapter that never answers fails instead of hanging. */
export async function waitFor<T>(time: PassingTime, answer: Promise<T>): Promise<T> {
  const isAnswered = await settlesWithin(time, answer, bounds.arrivalMs + bounds.answerMs);
  assert.ok(isAnswered, 'the transport does not answer');
  return answer;
}

/**
 * Tries again while it rejects with TransportUnavailableError, as a transport does until it is connected again. Fails when
 * that takes longer than {@link bounds.recoveryMs}.
 */
export async function whenAvailable<T>(time: PassingTime, attempt: () => Promise<T>): Promise<T> {
  const stepMs = 50;
  for (let passed = 0; ; passed += stepMs) {
    try {
      return await waitFor(time, attempt());
    } catch (error) {
      if (!isHoldfastError(error, 'ERR_TRANSPORTS_UNAVAILABLE') || passed >= bounds.recoveryMs) throw error;
      await time.passTime(stepMs);
    }
  }
}

/** Fails when there is a message to pull. */
export async function assertNothingToPull(
  fixture: QueueReaderFixture,
  when: string,
  reader: QueueReader = fixture.reader,
): Promise<void> {
  const deliveries = await waitFor(fixture, reader.pull(10, { waitMs: bounds.quietMs }));
  const ids = deliveries.map(({ envelope }) => envelope.id);
  assert.deepEqual(ids, [], `nothing was to be delivered ${when}`);
}

/**
 * Fails when there is a message to pull before a time on the fixture's clock. What comes later, since the machine was slow,
 * is handed back.
 */
export async function assertNothingBefore(
  fixture: QueueReaderFixture,
  endsAt: number,
  { when, reader = fixture.reader }: { readonly when: string; readonly reader?: QueueReader },
): Promise<void> {
  const deliveries = await waitFor(fixture, reader.pull(10, { waitMs: bounds.quietMs }));
  const isEarly = fixture.clock.monotonic() < endsAt;
  assert.ok(deliveries.length === 0 || !isEarly, `nothing was to be delivered ${when}`);
  for (const delivery of deliveries) await delivery.retry(0);
}

/** Fails when the pull returns something, and also when it does not answer at all. */
export async function assertPullRejects(time: PassingTime, pull: Promise<unknown>): Promise<void> {
  assert.ok(await settlesWithin(time, pull, bounds.answerMs), 'the transport does not answer');
  await assert.rejects(pull);
}

/** Lets a whole lease pass that was taken before. */
export async function passLease({ passTime, leaseMs }: PassingTime & { readonly leaseMs: number }): Promise<void> {
  // A timer may fire a moment early.
  await passTime(Math.ceil(1.03 * leaseMs));
}

/** Fails unless the promise rejects with LeaseLostError. */
export async function assertLeaseLost(settlement: Promise<void>, what: string): Promise<void> {
  await assert.rejects(settlement, { code: 'ERR_CORE_LEASE_LOST' }, `${what} was to reject with LeaseLostError`);
}
