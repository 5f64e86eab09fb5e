import assert from 'node:assert/strict';
import type { LogEntry } from '../../store/log-page.ts';
import type { OutboxStoreRule } from './outbox-store-rule.ts';
import type { StoreProbe } from './store-probe.ts';

const WRITERS = 6;
const TRANSACTIONS = 12;
const KEYS = ['a', 'b', 'c'];
const HOUR = 3_600_000;

/** Numbers per source, stream and key. */
export const numberRules: readonly OutboxStoreRule[] = [
  {
    name: 'F5.7: each stream and key has its own numbers, from 1, in the order given, over several appends and transactions',
    async run(probe) {
      const order = (key: string) => probe.record({ key, stream: 'order' });
      await probe.send(order('a'), order('b'), order('a'), probe.record({ key: 'a', stream: 'stock' }), order('a'));
      const transaction = await probe.begin();
      await transaction.append([order('b')]);
      await transaction.append([order('a'), order('b')]);
      await transaction.commit();
      await probe.send(order('a'));
      const numbers = (await probe.waiting()).map(({ envelope }) => envelope.attributes['sequence']);
      assert.deepEqual(numbers, ['1', '1', '2', '1', '3', '2', '4', '3', '5']);
    },
  },
  {
    name: 'F5.7: senders of two sources with the same stream and key have numbers of their own, in one append too',
    async run(probe) {
      const of = (source: string, delayMs = 0) => probe.record({ source, key: 'k', stream: 's', delayMs });
      await probe.send(of('/eu'), of('/us'), of('/us'), of('/eu'), of('/eu', HOUR));
      await probe.send(of('/us'));
      await probe.send(of('/eu'));
      const numbers = (await probe.waiting()).map(({ envelope }) => [envelope.source, envelope.attributes['sequence']]);
      const expected = { '/eu': ['1', '2', '4'], '/us': ['1', '2', '3'] };
      for (const [source, own] of Object.entries(expected)) {
        assert.deepEqual(
          numbers.filter(([from]) => from === source).map(([, number]) => number),
          own,
        );
      }
    },
  },
  {
    name: 'F5.7: a transaction that rolls back leaves no gap in the numbers',
    async run(probe) {
      for (const commits of [false, true, false, true]) {
        const transaction = await probe.begin();
        await transaction.append([probe.record({ key: 'k', stream: 's' }), probe.record({ key: 'k', stream: 's' })]);
        await (commits ? transaction.commit() : transaction.rollback());
      }
      assert.deepEqual(numbersOf(await probe.waiting(), 'k'), ['1', '2', '3', '4']);
    },
  },
  {
    name: 'a number comes to the other attributes, whatever their text, and to nothing that has no stream',
    async run(probe) {
      const attributes = { subject: 'a "b" \\', sequencestream: 's', tenant: '"}' };
      await probe.send(
        probe.record({ key: 'k"', stream: "s'; --", attributes }),
        probe.record({ key: 'k"', stream: 's' }),
        probe.record({ key: 'k"', attributes }),
        probe.record({ attributes: { sequence: '77' } }),
      );
      assert.deepEqual(
        (await probe.waiting()).map(({ envelope }) => ({ ...envelope.attributes })),
        [{ ...attributes, sequence: '1' }, { sequence: '1' }, attributes, { sequence: '77' }],
      );
    },
  },
  {
    name: 'a delayed message has the number of its append, and a replayed one keeps its own',
    async run(probe) {
      const numbered = (delayMs: number) => probe.record({ key: 'k', stream: 's', delayMs });
      await probe.send(numbered(0), numbered(1_000), numbered(0));
      assert.deepEqual(numbersOf(await probe.waiting(), 'k'), ['1', '3']);
      await probe.drain();
      await probe.fixture.elapse(HOUR / 2);
      assert.equal(await probe.store.housekeeping.promoteDelayed(10), 1);
      assert.deepEqual(numbersOf(await probe.waiting(), 'k'), ['2']);
      await probe.drain();
      await probe.fixture.elapse(2);
      const filter = { from: 0, to: await probe.fixture.now() };
      await probe.store.replay.copy(filter, { afterPosition: 0, limit: 10 });
      assert.deepEqual(numbersOf(await probe.waiting(), 'k').toSorted(), ['1', '2', '3']);
    },
  },
  {
    name: 'a refused append takes no number',
    async run(probe) {
      const numbered = (destination: string) => probe.record({ key: 'k', stream: 's', destination });
      await assert.rejects(probe.send(numbered('default'), numbered('nowhere')));
      await probe.send(numbered('default'));
      assert.deepEqual(numbersOf(await probe.waiting(), 'k'), ['1']);
    },
  },
  {
    name: 'F5.7: senders at once, some of which roll back: no gap, no number twice, and numbers in commit order',
    concurrentTransactions: true,
    async run(probe) {
      const committed: string[] = [];
      await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(probe, committed, writer)));
      const entries = await allOf(probe);
      assert.deepEqual(entries.map(({ envelope }) => envelope.id).toSorted(), committed.toSorted());
      for (const key of KEYS) {
        const numbers = numbersOf(entries, key);
        const expected = numbers.map((_, index) => String(index + 1));
        assert.ok(numbers.length > 0, 'something was sent');
        assert.deepEqual(numbers, expected, `the numbers of "${key}" in the order of the log, which is commit order`);
      }
    },
  },
  {
    name: 'F5.7: senders of the same keys in different orders, numbered or not, delayed or not, do not block each other for ever',
    concurrentTransactions: true,
    async run(probe) {
      const send = (keys: readonly string[], plain: string, late: string) =>
        probe.send(
          ...keys.map((key) => {
            const stream = key === plain ? {} : { stream: 's' };
            return probe.record({ key, ...stream, delayMs: key === late ? HOUR : 0 });
          }),
        );
      const sends = [];
      for (let round = 0; round < 10; round += 1) {
        sends.push(send(KEYS, 'a', 'b'), send(KEYS.toReversed(), 'c', ''), send(['b', 'c', 'a'], '', 'a'));
      }
      await Promise.all(sends);
    },
  },
  {
    name: 'F5.7: of two transactions that send one key, first numbered and then not or the other way round, none blocks the other for ever',
    concurrentTransactions: true,
    async run(probe) {
      const run = async (first: boolean, delayMs: number) => {
        const record = (isNumbered: boolean) =>
          probe.record(isNumbered ? { key: 'k', stream: 's', delayMs } : { key: 'k' });
        const transaction = await probe.begin();
        await transaction.append([record(first)]);
        await probe.pause();
        await transaction.append([record(!first)]);
        await transaction.commit();
      };
      await Promise.all([run(true, 0), run(false, 0), run(true, HOUR), run(false, HOUR), run(true, HOUR)]);
    },
  },
];

function numbersOf(entries: readonly LogEntry[], key: string): readonly (string | undefined)[] {
  return entries.filter(({ envelope }) => envelope.key === key).map(({ envelope }) => envelope.attributes['sequence']);
}

async function allOf(probe: StoreProbe): Promise<readonly LogEntry[]> {
  const walk = await probe.walk(0, 1_000);
  const { entries } = await walk.page();
  return entries;
}

/** Some transactions one after another; every fourth is rolled back, some stay open for a while. */
async function write(probe: StoreProbe, committed: string[], writer: number): Promise<void> {
  for (let round = 0; round < TRANSACTIONS; round += 1) {
    const keys = round % 2 === 0 ? KEYS : [KEYS[(writer + round) % KEYS.length] ?? 'a', 'a'];
    const transaction = await probe.begin();
    const records = keys.map((key) => probe.record({ key, stream: 's' }));
    await transaction.append(records);
    if ((writer + round) % 3 === 0) await probe.pause();
    if ((writer + round) % 4 === 3) {
      await transaction.rollback();
      continue;
    }
    await transaction.commit();
    committed.push(...records.map(({ envelope }) => envelope.id));
  }
}
