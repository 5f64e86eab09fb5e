import { ManualClock } from '@holdfast/core/testing';
import { describe, expect, test } from 'vitest';
import { QueueTaker } from '../../src/sql/reading/queue-taker.ts';
import type { ClaimedPositions, ClaimMove, ClaimStore, PulledBatch } from '../../src/sql/store/claim-store.ts';

const queue = { id: 1, name: 'payment', leaseMs: 30_000, ordered: false, deadLetterId: 2 };

/** Claims that keep what they were asked. */
class RecordingClaims implements ClaimStore {
  readonly acks: (readonly ClaimedPositions[])[] = [];
  readonly moves: ClaimMove[] = [];
  failure: Error | null = null;
  lost = new Set<number>();
  #claims = 0;

  async pull({ max }: { readonly max: number }): Promise<PulledBatch> {
    this.#claims += 1;
    const row = { deliveryCount: 1, source: '/', type: 't', key: null, attributes: '{}', body: new Uint8Array() };
    const rows = Array.from({ length: max }, (_, index) => ({
      ...row,
      position: this.#claims * 100 + index,
      id: `${index}`,
    }));
    return { claim: this.#claims, rows, marks: null, more: false };
  }

  async ack(_queue: unknown, claims: readonly ClaimedPositions[]): Promise<readonly ClaimedPositions[]> {
    if (this.failure !== null) throw this.failure;
    this.acks.push(claims);
    return claims.filter(({ claim }) => !this.lost.has(claim));
  }

  async move(_queue: unknown, move: ClaimMove): Promise<ClaimedPositions> {
    this.moves.push(move);
    const isWhole = move.leased && move.positions.length === 3;
    return { claim: isWhole ? move.claim : 99, positions: move.positions };
  }

  async deadLetter(): Promise<boolean> {
    return true;
  }
}

function open() {
  const claims = new RecordingClaims();
  const clock = new ManualClock();
  const taker = new QueueTaker({ queue, claims, clock, assertOpen: () => {}, onReturned: () => {} });
  return { claims, clock, taker };
}

describe('settlements', () => {
  test('the acks of one turn are one statement, by claim', async () => {
    const { claims, taker } = open();
    const [one, other] = [(await taker.take(3)).deliveries, (await taker.take(2)).deliveries];
    await Promise.all([...one, ...other].map((delivery) => delivery.ack()));
    expect(claims.acks).toEqual([
      [
        { claim: 1, positions: [100, 101, 102], isWhole: true },
        { claim: 2, positions: [200, 201], isWhole: true },
      ],
    ]);
  });

  test('an ack of a claim that is lost rejects, the others of the statement do not', async () => {
    const { claims, taker } = open();
    const [one, other] = [(await taker.take(1)).deliveries, (await taker.take(1)).deliveries];
    claims.lost.add(1);
    const results = await Promise.allSettled([one[0]?.ack(), other[0]?.ack()]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });

  test('when the database fails, a delivery stays as it is and can be settled afterwards', async () => {
    const { claims, taker } = open();
    const [delivery] = (await taker.take(1)).deliveries;
    claims.failure = new Error('away');
    await expect(delivery?.ack()).rejects.toMatchObject({ code: 'ERR_TRANSPORTS_UNAVAILABLE' });
    claims.failure = null;
    await delivery?.ack();
    await expect(delivery?.ack()).rejects.toMatchObject({ code: 'ERR_CORE_LEASE_LOST' });
  });

  test('requests for one delivery take their turns', async () => {
    const { claims, taker } = open();
    const [delivery] = (await taker.take(2)).deliveries;
    const requests = [delivery?.extend(5_000), delivery?.ack(), delivery?.retry(0)];
    const results = await Promise.allSettled(requests);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    // Extended alone, it has a claim of its own.
    expect(claims.acks).toEqual([[{ claim: 99, positions: [100], isWhole: true }]]);
  });

  test('an extension of all keeps the claim, and its end is counted from before the call', async () => {
    const { claims, clock, taker } = open();
    const { deliveries } = await taker.take(3);
    await clock.advance(10_000);
    await Promise.all(deliveries.map((delivery) => delivery.extend(60_000)));
    expect(claims.moves).toEqual([
      { claim: 1, positions: [100, 101, 102], dueInMs: 60_000, leased: true, uncounted: false },
    ]);
    expect(deliveries.map(({ leaseEndsAt }) => leaseEndsAt)).toEqual(new Array(3).fill(clock.monotonic() + 60_000));
  });

  test('closing hands back what is held and not settled, and counts it', async () => {
    const { claims, taker } = open();
    const { deliveries } = await taker.take(3);
    await deliveries[1]?.ack();
    await taker.close();
    expect(claims.moves).toEqual([{ claim: 1, positions: [100, 102], dueInMs: 0, leased: false, uncounted: false }]);
  });
});
