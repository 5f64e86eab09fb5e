import assert from 'node:assert/strict';
import { digest, kept, purge, purgeAll, RETENTION_MS as RETENTION, record, report } from './retention-probe.ts';
import type { UpkeepRule } from './upkeep-rule.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

/** What is removed, and above all what is not. */
export const retentionRules: readonly UpkeepRule[] = [
  {
    name: 'nothing is removed for a consumer that never reported',
    async run(probe) {
      await record(probe, 'old');
      await probe.elapse(1_000 * DAY);
      assert.equal(await purgeAll(probe), 0);
      await report(probe, { consumer: 'other' });
      assert.equal(await purgeAll(probe), 0);
    },
  },
  {
    name: 'records are removed when they are older than the retention, and not before',
    async run(probe) {
      await record(probe, 'old');
      await probe.elapse(2 * DAY);
      await record(probe, 'young');
      await probe.elapse(RETENTION - DAY);
      await report(probe);
      assert.equal(await purgeAll(probe), 1);
      assert.deepEqual(await kept(probe, ['old', 'young']), ['young']);
    },
  },
  {
    name: 'F9.2: what a consumer that is behind may see again is kept: retention counts from how far it has come',
    async run(probe) {
      await record(probe, 'old');
      await probe.elapse(20 * DAY);
      await report(probe, { oldestAgeMs: 6 * DAY });
      assert.equal(await purgeAll(probe), 0);
      await probe.elapse(2 * DAY);
      for (let count = 0; count < 3; count += 1) {
        await report(probe, { oldestAgeMs: 6 * DAY });
        await probe.elapse(5 * MINUTE);
      }
      assert.equal(await purgeAll(probe), 1);
    },
  },
  {
    name: 'F9.2: a consumer that was down for 20 days finds the records of its backlog',
    async run(probe) {
      await report(probe, { instance: 'before' });
      await record(probe, 'm1', 'm2');
      await probe.elapse(20 * DAY);
      assert.equal(await purgeAll(probe), 0, 'while it is down');
      await report(probe, { instance: 'after', oldestAgeMs: 20 * DAY });
      assert.equal(await purgeAll(probe), 0, 'while it works off its backlog');
      await probe.elapse(30 * MINUTE);
      await report(probe, { instance: 'after', oldestAgeMs: 20 * DAY });
      assert.equal(await purgeAll(probe), 0, 'still');
      assert.deepEqual(await kept(probe, ['m1', 'm2']), ['m1', 'm2']);
    },
  },
  {
    name: 'F9.2: a consumer that was down and sees a new message first keeps the records of its backlog for 10 minutes',
    async run(probe) {
      await report(probe, { instance: 'before' });
      await record(probe, 'm1');
      await probe.elapse(20 * DAY);
      await report(probe, { instance: 'after' });
      assert.equal(await purgeAll(probe), 0);
      await probe.elapse(9 * MINUTE);
      await report(probe, { instance: 'after' });
      assert.equal(await purgeAll(probe), 0);
      await probe.elapse(MINUTE);
      await report(probe, { instance: 'after' });
      assert.equal(await purgeAll(probe), 1);
    },
  },
  {
    name: 'an instance that was silent for long does not forget at its first report how far it had come',
    async run(probe) {
      await report(probe);
      await record(probe, 'm1');
      await probe.elapse(20 * DAY);
      await report(probe);
      assert.equal(await purgeAll(probe), 0);
      await probe.elapse(9 * MINUTE);
      await report(probe);
      assert.equal(await purgeAll(probe), 0);
      await probe.elapse(MINUTE);
      await report(probe);
      assert.equal(await purgeAll(probe), 1);
    },
  },
  {
    name: 'the instance that is furthest behind decides',
    async run(probe) {
      await record(probe, 'm1');
      await probe.elapse(20 * DAY);
      for (let minute = 0; minute <= 30; minute += 5) {
        await report(probe, { instance: 'ahead' });
        await report(probe, { instance: 'behind', oldestAgeMs: 10 * DAY });
        assert.equal(await purgeAll(probe), 0);
        await probe.elapse(5 * MINUTE);
      }
    },
  },
  {
    name: 'an instance that is gone holds back until others have reported for 10 minutes after it',
    async run(probe) {
      await record(probe, 'm1');
      await probe.elapse(20 * DAY);
      await report(probe, { instance: 'gone', oldestAgeMs: 20 * DAY });
      await report(probe, { instance: 'stays' });
      for (let minute = 1; minute < 10; minute += 1) {
        await probe.elapse(MINUTE);
        await report(probe, { instance: 'stays' });
        assert.equal(await purgeAll(probe), 0, `minute ${minute}`);
      }
      await probe.elapse(2 * MINUTE);
      await report(probe, { instance: 'stays' });
      assert.equal(await purgeAll(probe), 1);
    },
  },
  {
    name: 'instances that each live for less than 10 minutes do not hold back for ever',
    async run(probe) {
      await record(probe, 'm1');
      await probe.elapse(20 * DAY);
      for (let run = 0; run < 3; run += 1) {
        await report(probe, { instance: `job ${run}` });
        await probe.elapse(60 * MINUTE);
      }
      assert.equal(await purgeAll(probe), 1);
    },
  },
  {
    name: 'a consumer with a message an hour moves on, one message late',
    async run(probe) {
      await record(probe, 'm1');
      await probe.elapse(RETENTION);
      for (let hour = 0; hour < 3; hour += 1) {
        await report(probe);
        await probe.elapse(60 * MINUTE);
      }
      assert.equal(await purgeAll(probe), 1);
    },
  },
  {
    name: 'a message from the future counts as new',
    async run(probe) {
      await record(probe, 'young');
      await probe.elapse(RETENTION - MINUTE);
      await report(probe, { oldestAgeMs: -400 * DAY });
      assert.equal(await purgeAll(probe), 0);
      const { lagMs } = await probe.store.retention.stats(probe.executor, 'payment');
      assert.ok(lagMs !== null && lagMs >= 0 && lagMs < 10 * MINUTE, `${lagMs}`);
    },
  },
  {
    name: 'a chunk removes as many as asked for, the oldest first, and the next one goes on behind it',
    async run(probe) {
      for (const id of ['m1', 'm2', 'm3', 'm4', 'm5']) {
        await record(probe, id);
        await probe.elapse(1_000);
      }
      await probe.elapse(RETENTION);
      await report(probe);
      const one = await purge(probe, { limit: 2 });
      assert.equal(one.removed, 2);
      assert.deepEqual(await kept(probe, ['m1', 'm2', 'm3', 'm4', 'm5']), ['m3', 'm4', 'm5']);
      const two = await purge(probe, { limit: 2, from: one.next });
      assert.equal(two.removed, 2);
      const three = await purge(probe, { limit: 2, from: two.next });
      assert.equal(three.removed, 1);
      assert.equal((await purge(probe, { limit: 2, from: three.next })).removed, 0);
    },
  },
  {
    name: 'two that purge at once remove every row once, and wait for nothing',
    async run(probe) {
      const ids = Array.from({ length: 300 }, (_, index) => `m${index}`);
      await record(probe, ...ids);
      await probe.elapse(RETENTION + MINUTE);
      await report(probe);
      const removed = await Promise.all([
        purgeAll(probe),
        purgeAll({ ...probe, executor: probe.other }),
        purgeAll(probe),
      ]);
      const again = await purgeAll(probe);
      assert.equal(
        removed.reduce((sum, count) => sum + count, again),
        300,
      );
    },
  },
  {
    name: 'consumers have nothing to do with each other',
    async run(probe) {
      await record(probe, 'm1');
      await probe.store.records.record(probe.executor, [{ consumer: 'mail', source: '/orders', id: 'm1', digest }]);
      await probe.elapse(20 * DAY);
      await report(probe);
      await report(probe, { consumer: 'mail', oldestAgeMs: 20 * DAY });
      assert.equal(await purgeAll(probe), 1);
      assert.equal((await purge(probe, { consumer: 'mail' })).removed, 0);
    },
  },
  {
    name: 'attempts are removed after the retention too, quarantined ones never',
    async run(probe) {
      const { store, executor } = probe;
      const start = {
        consumer: 'payment',
        source: '/orders',
        type: 't',
        maxUnfinished: 2,
        earlierStarts: 0,
        alone: true,
      };
      for (const id of ['quarantined', 'quarantined', 'quarantined', 'left']) {
        await store.attempts.start(executor, { ...start, id });
      }
      await probe.elapse(RETENTION + MINUTE);
      assert.equal((await purge(probe, { rows: 'attempts' })).removed, 0, 'it never reported');
      await store.attempts.start(executor, { ...start, id: 'recent' });
      await report(probe);
      assert.equal((await purge(probe, { rows: 'attempts' })).removed, 1);
      await probe.elapse(100 * DAY);
      await report(probe);
      const left = await store.attempts.quarantined(executor, { consumer: 'payment', limit: 10 });
      assert.deepEqual(
        left.map(({ id }) => id),
        ['quarantined'],
      );
    },
  },
  {
    name: 'progress that no longer counts is removed, and what may be forgotten stays the same',
    async run(probe) {
      const { store, executor } = probe;
      await report(probe, { instance: 'first', oldestAgeMs: 3 * DAY });
      await probe.elapse(MINUTE);
      await report(probe, { instance: 'second' });
      assert.equal(await store.retention.purgeProgress(executor, 'payment'), 0);
      for (let minute = 0; minute < 10; minute += 5) {
        await probe.elapse(5 * MINUTE);
        await report(probe, { instance: 'second' });
      }
      await report(probe, { consumer: 'mail', instance: 'first' });
      const { lagMs } = await store.retention.stats(executor, 'payment');
      assert.equal(await store.retention.purgeProgress(executor, 'payment'), 1);
      assert.equal(await store.retention.purgeProgress(executor, 'payment'), 0);
      const after = await store.retention.stats(executor, 'payment');
      assert.ok(lagMs !== null && after.lagMs !== null && lagMs < MINUTE && after.lagMs < MINUTE);
      assert.equal(await store.retention.purgeProgress(executor, 'mail'), 0);
    },
  },
  {
    name: 'the figures tell the age of the oldest record, how far the consumer is behind, and how many are quarantined',
    async run(probe) {
      const { store, executor } = probe;
      const none = { oldestRecordAgeMs: 0, lagMs: null, quarantined: 0, parked: 0 };
      assert.deepEqual(await store.retention.stats(executor, 'payment'), none);
      await record(probe, 'm1');
      await probe.elapse(DAY);
      await record(probe, 'm2');
      await report(probe, { oldestAgeMs: 2 * DAY });
      const start = {
        consumer: 'payment',
        source: '/orders',
        type: 't',
        maxUnfinished: 2,
        earlierStarts: 1,
        alone: true,
      };
      for (const id of ['q1', 'q1', 'q2', 'q2', 'fine']) await store.attempts.start(executor, { ...start, id });
      const { oldestRecordAgeMs, lagMs, quarantined } = await store.retention.stats(executor, 'payment');
      assert.ok(oldestRecordAgeMs >= DAY && oldestRecordAgeMs < DAY + 10 * MINUTE, `${oldestRecordAgeMs}`);
      assert.ok(lagMs !== null && lagMs >= 2 * DAY && lagMs < 2 * DAY + 10 * MINUTE, `${lagMs}`);
      assert.equal(quarantined, 2);
      assert.deepEqual(await store.retention.stats(executor, 'mail'), none);
    },
  },
];
