import { ManualClock } from '@holdfast/core/testing';
import { expect, test } from 'vitest';
import { QueueTaker } from '../../src/sql/reading/queue-taker.ts';
import type {
  ClaimedPositions,
  ClaimStore,
  PulledBatch,
  PullMarks,
  PullOrder,
} from '../../src/sql/store/claim-store.ts';

const queue = { id: 1, name: 'payment', leaseMs: 30_000, ordered: false, deadLetterId: 2 };
const marks = { dueFrom: 1, low: 1 };

/** Empty queues that keep by what they were pulled, and take their time. */
class EmptyClaims implements ClaimStore {
  readonly marks: (PullMarks | null)[] = [];
  tookMs = 0;
  failure: Error | null = null;
  readonly #clock: ManualClock;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  async pull(order: PullOrder): Promise<PulledBatch> {
    this.marks.push(order.marks);
    await this.#clock.advance(this.tookMs);
    if (this.failure !== null) throw this.failure;
    return { claim: 0, rows: [], marks, more: false };
  }

  async ack(): Promise<readonly ClaimedPositions[]> {
    return [];
  }

  async move(_queue: unknown, move: ClaimedPositions): Promise<ClaimedPositions> {
    return move;
  }

  async deadLetter(): Promise<boolean> {
    return true;
  }
}

function open() {
  const clock = new ManualClock();
  const claims = new EmptyClaims(clock);
  const taker = new QueueTaker({ queue, claims, clock, assertOpen: () => {}, onReturned: () => {} });
  return { clock, claims, taker };
}

test('a pull starts where the one before has ended, and one in 10 seconds looks at everything', async () => {
  const { clock, claims, taker } = open();
  await taker.take(1);
  await taker.take(1);
  await clock.advance(9_999);
  await taker.take(1);
  await clock.advance(1);
  await taker.take(1);
  expect(claims.marks).toEqual([null, marks, marks, null]);
});

test('a pull that looks at everything and takes long is not repeated before it has taken 2 % of the time', async () => {
  const { clock, claims, taker } = open();
  claims.tookMs = 2_000;
  await taker.take(1);
  claims.tookMs = 0;
  await clock.advance(99_999);
  await taker.take(1);
  await clock.advance(1);
  await taker.take(1);
  expect(claims.marks).toEqual([null, marks, null]);
});

test('after a failure a pull looks at everything: another server may answer, which does not have all that the one before had', async () => {
  const { claims, taker } = open();
  await taker.take(1);
  claims.failure = new Error('away');
  await expect(taker.take(1)).rejects.toThrow('away');
  claims.failure = null;
  await taker.take(1);
  expect(claims.marks).toEqual([null, marks, null]);
});
