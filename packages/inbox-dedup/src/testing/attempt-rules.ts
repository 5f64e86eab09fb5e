import assert from 'node:assert/strict';
import type { AttemptFailure, AttemptStart, AttemptStarted } from '../store/attempt-store.ts';
import type { MessageIdentity } from '../store/message-identity.ts';
import type { UpkeepProbe, UpkeepRule } from './upkeep-rule.ts';

const message: MessageIdentity = { consumer: 'payment', source: '/orders', id: 'm1' };
const first: AttemptStart = { ...message, type: 'order.placed', maxUnfinished: 3, earlierStarts: 0, alone: false };
const redelivered: AttemptStart = { ...first, earlierStarts: 1 };
const alone: AttemptStart = { ...first, alone: true };
const failure: AttemptFailure = { ...message, type: 'order.placed', error: 'Error: no', started: true, counts: true };

/** What counts as a start, and what becomes of a message that never ends. */
export const attemptRules: readonly UpkeepRule[] = [
  {
    name: 'starts that never ended are counted, this one included',
    async run({ store, executor }) {
      const one = startedOf(await store.attempts.start(executor, first));
      assert.deepEqual([one.unfinished, one.failures, one.lastError, one.quarantinedAt], [1, 0, null, null]);
      assert.deepEqual([one.consumer, one.source, one.id, one.type], ['payment', '/orders', 'm1', 'order.placed']);
      const two = startedOf(await store.attempts.start(executor, first));
      assert.equal(two.unfinished, 2);
      assert.equal(two.firstAt, one.firstAt);
      assert.ok(two.lastAt >= one.lastAt);
    },
  },
  {
    name: 'the first start of a message that came before counts the delivery before, and later ones do not',
    async run({ store, executor }) {
      assert.equal(startedOf(await store.attempts.start(executor, redelivered)).unfinished, 2);
      await store.attempts.fail(executor, failure);
      assert.equal(startedOf(await store.attempts.start(executor, redelivered)).unfinished, 2);
    },
  },
  {
    name: 'F5.9: the last try is not counted until the message is alone',
    async run({ store, executor }) {
      await store.attempts.start(executor, redelivered);
      for (let waiting = 0; waiting < 5; waiting += 1) {
        assert.deepEqual(await store.attempts.start(executor, first), { outcome: 'last-try' });
      }
      assert.equal(startedOf(await store.attempts.start(executor, alone)).unfinished, 3);
    },
  },
  {
    name: 'F5.9: the last try of a message without a row is not counted until it is alone',
    async run({ store, executor }) {
      const request = { ...redelivered, maxUnfinished: 2 };
      assert.deepEqual(await store.attempts.start(executor, request), { outcome: 'last-try' });
      assert.equal(startedOf(await store.attempts.start(executor, { ...request, alone: true })).unfinished, 2);
    },
  },
  {
    name: 'F5.9: a message that was started as often as allowed and never ended is quarantined, once and for good',
    async run({ store, executor }) {
      await exhaust(this.name, { store, executor }, message);
      const quarantined = await store.attempts.start(executor, first);
      assert.ok(quarantined.outcome === 'quarantined');
      assert.deepEqual([quarantined.isNew, quarantined.attempts.unfinished], [true, 3]);
      assert.ok(quarantined.attempts.quarantinedAt !== null);
      for (const again of [first, alone, redelivered]) {
        const later = await store.attempts.start(executor, again);
        assert.ok(later.outcome === 'quarantined');
        assert.deepEqual([later.isNew, later.attempts.unfinished], [false, 3]);
        assert.equal(later.attempts.quarantinedAt, quarantined.attempts.quarantinedAt);
      }
    },
  },
  {
    name: 'a start that failed no longer counts as one that never ended',
    async run({ store, executor }) {
      for (let round = 1; round <= 10; round += 1) {
        assert.equal(startedOf(await store.attempts.start(executor, first)).unfinished, 1);
        await store.attempts.fail(executor, { ...failure, error: `Error: ${round}` });
      }
      const { failures, lastError } = startedOf(await store.attempts.start(executor, first));
      assert.deepEqual([failures, lastError], [10, 'Error: 10']);
    },
  },
  {
    name: 'a failure that is nobody’s fault ends the start and is not counted',
    async run({ store, executor }) {
      await store.attempts.start(executor, first);
      await store.attempts.fail(executor, { ...failure, counts: false });
      const { unfinished, failures } = startedOf(await store.attempts.start(executor, first));
      assert.deepEqual([unfinished, failures], [1, 0]);
    },
  },
  {
    name: 'a failure of a delivery that was not counted leaves the starts of others alone, and is kept',
    async run({ store, executor }) {
      await store.attempts.fail(executor, { ...failure, started: false });
      assert.equal(startedOf(await store.attempts.start(executor, redelivered)).unfinished, 1);
      await store.attempts.fail(executor, { ...failure, started: false });
      const { unfinished, failures } = startedOf(await store.attempts.start(executor, first));
      assert.deepEqual([unfinished, failures], [2, 2]);
    },
  },
  {
    name: 'what is cleared begins again as new',
    async run({ store, executor }) {
      await exhaust(this.name, { store, executor }, message);
      assert.equal((await store.attempts.start(executor, first)).outcome, 'quarantined');
      const others = ['m2', 'm3'].map((id) => ({ ...message, id }));
      await store.attempts.start(executor, { ...first, id: 'm2' });
      assert.equal(await store.attempts.clear(executor, [message, ...others]), 2);
      assert.equal(await store.attempts.clear(executor, [message]), 0);
      assert.equal(await store.attempts.clear(executor, []), 0);
      assert.deepEqual(await store.attempts.quarantined(executor, { consumer: 'payment', limit: 10 }), []);
      assert.equal(startedOf(await store.attempts.start(executor, first)).unfinished, 1);
    },
  },
  {
    name: 'many are cleared at once',
    async run({ store, executor }) {
      const many = Array.from({ length: 2_500 }, (_, index) => ({ ...message, id: `m${index}` }));
      await store.attempts.start(executor, first);
      assert.equal(await store.attempts.clear(executor, many), 1);
    },
  },
  {
    name: 'quarantined messages are listed oldest first, as many as asked for, without those that are not',
    async run(probe) {
      const { store, executor } = probe;
      for (const id of ['b', 'c', 'a']) {
        await exhaust(this.name, probe, { ...message, id });
        await store.attempts.start(executor, { ...first, id });
        await probe.elapse(1_000);
      }
      await store.attempts.start(executor, { ...first, id: 'd' });
      const list = async (limit: number) =>
        (await store.attempts.quarantined(executor, { consumer: 'payment', limit })).map(({ id }) => id);
      assert.deepEqual(await list(10), ['b', 'c', 'a']);
      assert.deepEqual(await list(2), ['b', 'c']);
      assert.deepEqual(await store.attempts.quarantined(executor, { consumer: 'other', limit: 10 }), []);
    },
  },
  {
    name: 'consumers, sources and ids are counted apart',
    async run({ store, executor }) {
      await store.attempts.start(executor, first);
      for (const other of [{ consumer: 'mail' }, { source: '/shop' }, { id: 'm2' }]) {
        assert.equal(startedOf(await store.attempts.start(executor, { ...first, ...other })).unfinished, 1);
      }
      assert.equal(await store.attempts.clear(executor, [{ ...message, consumer: 'mail' }]), 1);
      assert.equal(startedOf(await store.attempts.start(executor, first)).unfinished, 2);
    },
  },
  {
    name: 'of many that start one message at once no more run than are allowed, and one quarantines it',
    async run({ store, executor, other }) {
      const starts = await Promise.all(
        Array.from({ length: 12 }, (_, index) => store.attempts.start(index % 2 === 0 ? executor : other, alone)),
      );
      assert.equal(starts.filter(({ outcome }) => outcome === 'started').length, 3);
      assert.equal(starts.filter((start) => start.outcome === 'quarantined').length, 9);
      assert.equal(starts.filter((start) => start.outcome === 'quarantined' && start.isNew).length, 1);
    },
  },
  {
    name: 'names, types and errors are values, whatever they contain',
    async run({ store, executor }) {
      const hostile = `it's "a" -- m; drop table x; \\ $1 ?1 ${'é'.repeat(200)}`;
      const identity = { consumer: hostile, source: hostile, id: hostile };
      await store.attempts.start(executor, { ...first, ...identity, type: hostile });
      await store.attempts.fail(executor, { ...failure, ...identity, type: hostile, error: hostile });
      const { lastError, type } = startedOf(
        await store.attempts.start(executor, { ...first, ...identity, type: hostile }),
      );
      assert.deepEqual([lastError, type], [hostile, hostile]);
      assert.equal(await store.attempts.clear(executor, [identity]), 1);
    },
  },
];

function startedOf(start: AttemptStarted) {
  assert.ok(start.outcome === 'started', `it is "${start.outcome}", not started`);
  return start.attempts;
}

/** Three starts that never end. */
async function exhaust(
  rule: string,
  { store, executor }: Pick<UpkeepProbe, 'store' | 'executor'>,
  identity: MessageIdentity,
): Promise<void> {
  for (let start = 1; start <= 3; start += 1) {
    const started = await store.attempts.start(executor, { ...alone, ...identity });
    assert.equal(started.outcome, 'started', rule);
  }
}
