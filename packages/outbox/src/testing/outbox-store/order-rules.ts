import assert from 'node:assert/strict';
import type { LaneWalk } from './lane-walk.ts';
import type { OutboxStoreRule } from './outbox-store-rule.ts';
import type { StoreProbe } from './store-probe.ts';

const WRITERS = 6;
const TRANSACTIONS = 12;
const KEYS = ['a', 'b', 'c', 'd'];

/** Order within a key. Entries of different keys have none. */
export const orderRules: readonly OutboxStoreRule[] = [
  {
    name: 'records of one append come in the order in which they were given',
    async run(probe) {
      const records = Array.from({ length: 60 }, (_, index) => probe.record({ key: index % 3 === 0 ? null : 'k' }));
      const sent = await probe.send(...records);
      assert.deepEqual(await probe.drain(0, 7), sent);
    },
  },
  {
    name: 'F4.8: of two transactions that append the same key the second waits, and commits after the first',
    concurrentTransactions: true,
    async run(probe) {
      let appended = false;
      const first = await probe.begin();
      const second = await probe.begin();
      await first.append([probe.record({ id: 'first', key: 'k' })]);
      const appending = second.append([probe.record({ id: 'second', key: 'k' })]).then(async () => {
        appended = true;
        await second.commit();
      });
      await probe.pause();
      assert.equal(appended, false);
      await first.commit();
      await appending;
      assert.deepEqual(await probe.drain(), ['first', 'second']);
    },
  },
  {
    name: 'transactions that append different keys, or none, do not wait for each other',
    concurrentTransactions: true,
    async run(probe) {
      const first = await probe.begin();
      await first.append([probe.record({ key: 'a' }), probe.record()]);
      const second = await probe.begin();
      await second.append([probe.record({ key: 'b' }), probe.record()]);
      await second.commit();
      assert.deepEqual(await probe.drain(), ['m3', 'm4']);
      await first.commit();
      assert.deepEqual(await probe.drain(), ['m1', 'm2']);
    },
  },
  {
    name: 'transactions that append the same keys in different orders do not block each other for ever',
    concurrentTransactions: true,
    async run(probe) {
      const send = (keys: readonly string[]) => probe.send(...keys.map((key) => probe.record({ key })));
      const sends = [];
      for (let round = 0; round < 10; round += 1) sends.push(send(['a', 'b', 'c']), send(['c', 'b', 'a']));
      const sent = (await Promise.all(sends)).flat();
      assert.deepEqual((await probe.drain()).toSorted(), sent.toSorted());
    },
  },
  {
    name: 'F4.8, F4.10: every committed entry is returned once and in commit order per key, while senders write at once',
    concurrentTransactions: true,
    async run(probe) {
      const order = new CommitOrder();
      const blocker = await probe.begin();
      await blocker.append([probe.record({ id: 'blocker' })]);
      const walk = await probe.walk(0, 9);
      let writing = true;
      const writers = Promise.all(Array.from({ length: WRITERS }, (_, n) => write(probe, order, n))).finally(() => {
        writing = false;
      });
      const returned: string[] = [];
      while (writing) returned.push(...(await page(walk)));
      await writers;
      await blocker.commit();
      returned.push(...(await walk.rest()));
      assert.deepEqual(returned.toSorted(), [...order.committed, 'blocker'].toSorted(), 'each exactly once');
      order.assertKept(returned);
    },
  },
];

async function page(walk: LaneWalk): Promise<readonly string[]> {
  const { entries } = await walk.page();
  return entries.map(({ envelope }) => envelope.id);
}

/**
 * Numbers what is sent per key while the sender holds the key, so that numbers of a key grow with commits. Ids are
 * `key/number`.
 */
class CommitOrder {
  readonly committed: string[] = [];
  readonly #numbers = new Map<string, number>();

  next(key: string): string {
    const number = (this.#numbers.get(key) ?? 0) + 1;
    this.#numbers.set(key, number);
    return `${key}/${number}`;
  }

  assertKept(ids: readonly string[]): void {
    const last = new Map<string, number>();
    for (const id of ids) {
      const [key = '', number = '1'] = id.split('/');
      assert.ok(Number(number) > (last.get(key) ?? 0), `"${id}" comes in commit order of its key`);
      last.set(key, Number(number));
    }
  }
}

/** Some transactions one after another; every fourth is rolled back, some stay open for a while. */
async function write(probe: StoreProbe, order: CommitOrder, writer: number): Promise<void> {
  for (let round = 0; round < TRANSACTIONS; round += 1) {
    const key = KEYS[(writer * 7 + round * 3) % KEYS.length] ?? 'a';
    const transaction = await probe.begin();
    const lock = order.next(`lock-${writer}-${round}`);
    await transaction.append([probe.record({ id: lock, key })]);
    const ids = [lock, order.next(key), order.next(key)];
    await transaction.append(ids.slice(1).map((id) => probe.record({ id, key })));
    if ((writer + round) % 3 === 0) await probe.pause();
    if ((writer + round) % 4 === 3) {
      await transaction.rollback();
    } else {
      await transaction.commit();
      order.committed.push(...ids);
    }
  }
}
