import { ManualClock } from '@holdfast/core/testing';
import {
  active,
  type DueTimer,
  defineSaga,
  type SagaRuntime,
  type SagaRuntimeOptions,
  type SagaStore,
  SagaWorker,
  type SagaWorkerOptions,
  type TimerStore,
} from '@holdfast/saga';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { FaultyRunner } from './faulty-runner.ts';
import {
  defineParcelSaga,
  type ParcelSagaOptions,
  parcelClosed,
  parcelCreated,
  parcelFilled,
  parcelOpened,
} from './parcel-saga.ts';
import { receive, type SagaWorld } from './saga-world.ts';

const REMIND_MS = 60_000;
const WAITING = { timeout: 60_000, interval: 20 };
/** Longer than any test: a pause of this length is not waited for. */
const NEVER_MS = 3_600_000;

const created = (parcelId: string) => receive(parcelCreated, { parcelId });
const opened = (parcelId: string) => receive(parcelOpened, { parcelId });

/** What holds on every database. */
export function describeSagaWorker<Tx>(name: string, open: () => Promise<SagaWorld<Tx>>): void {
  const openWith = async (options: ParcelSagaOptions = {}, runtimeOptions: Partial<SagaRuntimeOptions<Tx>> = {}) => {
    const service = await open();
    onTestFinished(() => service.close());
    const runtime = service.runtime([defineParcelSaga(options)], runtimeOptions);
    return { service, runtime, worker: new SagaWorker({ runtime }) };
  };

  const start = (runtime: SagaRuntime<Tx>, options: Partial<SagaWorkerOptions<Tx>> = {}) => {
    const worker = new SagaWorker({ runtime, ...options });
    onTestFinished(async () => {
      await worker.stop();
    });
    worker.start();
    return worker;
  };

  /** The instances whose timer was fired, in its order. */
  const reminded = async (service: SagaWorld<Tx>) =>
    (await service.sent()).filter(({ causation }) => causation === null).map(({ key }) => String(key));

  describe(`the saga worker on ${name}`, () => {
    test('S4: a timer is fired once, when it has run out by the clock of the database, and not before', async () => {
      const { service, runtime, worker } = await openWith();
      await service.apply(runtime, created('p1'));
      await worker.runOnce();
      expect(await reminded(service)).toEqual([]);
      await service.elapse(REMIND_MS);
      await worker.runOnce();
      await worker.runOnce();
      expect(await reminded(service)).toEqual(['p1']);
      expect(await service.timers('p1', 'parcel')).toEqual(['expire']);
      expect((await service.history('p1', 'parcel')).at(-1)).toMatchObject({ cause: 'timer', name: 'remind' });
      expect(service.told('timer-fired')).toMatchObject([{ key: 'p1', timer: 'remind', epoch: 1 }]);
    });

    test('the clock of the process says nothing about timers', async () => {
      for (const now of [0, 4_000_000_000_000]) {
        const { service, runtime, worker } = await openWith({}, { clock: new ManualClock({ now }) });
        await service.apply(runtime, created('p1'));
        await worker.runOnce();
        expect(await reminded(service)).toEqual([]);
        await service.elapse(REMIND_MS);
        await worker.runOnce();
        expect(await reminded(service)).toEqual(['p1']);
      }
    });

    test('a timer of a state that was left is not fired', async () => {
      const { service, runtime, worker } = await openWith();
      await service.apply(runtime, created('p1'));
      await service.apply(runtime, opened('p1'));
      expect(await service.timers('p1', 'parcel')).toEqual(['expire']);
      await service.elapse(REMIND_MS);
      await worker.runOnce();
      expect(await reminded(service)).toEqual([]);
    });

    test('a timer that runs out in a state that does not take it is removed, and told', async () => {
      const { service, runtime, worker } = await openWith();
      await service.apply(runtime, created('p1'), opened('p1'));
      await service.elapse(2 * REMIND_MS);
      await worker.runOnce();
      expect([await service.timers('p1', 'parcel'), await service.state('p1', 'parcel')]).toEqual([[], 'open']);
      expect(service.told('timer-stale')).toMatchObject([{ key: 'p1', timer: 'expire' }]);
    });

    test('of two timers of one instance that are due, one that the other cancels is not fired', async () => {
      const { service, runtime, worker } = await openWith({ remindMs: 2_000, expireMs: 1_000 });
      await service.apply(runtime, created('p1'));
      await service.elapse(5_000);
      await worker.runOnce();
      expect((await service.history('p1', 'parcel')).map(({ name, to }) => `${name} ${to}`)).toEqual([
        'parcel.created created',
        'expire closed',
      ]);
      expect(await service.timers('p1', 'parcel')).toEqual([]);
    });

    test('of two timers of one instance that are due, one that the other sets anew is not fired with it', async () => {
      const { service } = await openWith();
      const ticking = defineSaga({
        name: 'ticking',
        events: { parcelCreated },
        states: { on: active<{ readonly ticks: number }>() },
        timers: ['short', 'long'],
        start: { parcelCreated: { to: 'on', data: () => ({ ticks: 0 }) } },
        on: {
          on: {
            timers: {
              short: { afterMs: 1_000, take: { to: 'on' } },
              long: { afterMs: 2_000, take: { data: ({ ticks }) => ({ ticks: ticks + 1 }) } },
            },
          },
        },
        unexpected: 'ignore',
        unmatched: 'ignore',
        retentionMs: 0,
      });
      const runtime = service.runtime([ticking]);
      await service.apply(runtime, created('p1'));
      await service.elapse(5_000);
      await new SagaWorker({ runtime }).runOnce();
      expect(await service.data('p1', 'ticking')).toEqual({ ticks: 0 });
      expect(await service.timers('p1', 'ticking')).toEqual(['long', 'short']);
    });

    test('a timer that was cancelled or set anew since it was found due is left alone', async () => {
      const { service, runtime } = await openWith();
      await service.apply(runtime, created('p1'), created('p2'));
      await service.elapse(REMIND_MS);
      const due = await service.store.timers.due(service.transactions, { sagas: ['parcel'], limit: 10 });
      await service.apply(runtime, opened('p1'));
      const store = storeWith(service.store, { due: async () => due });
      const late = service.runtime([defineParcelSaga()], { store });
      // One of p2 is fired by another worker in between.
      await new SagaWorker({ runtime }).runOnce();
      await new SagaWorker({ runtime: late, batchSize: 100 }).runOnce();
      expect(await reminded(service)).toEqual(['p2']);
      expect(await service.history('p1', 'parcel')).toHaveLength(2);
    });

    test('a timer of an instance that was removed since is not the one of an instance that has begun anew under its key', async () => {
      const { service, runtime } = await openWith({ retentionMs: 0 });
      const begin = () => service.apply(runtime, created('p1'));
      await begin();
      await service.elapse(REMIND_MS);
      const due = await service.store.timers.due(service.transactions, { sagas: ['parcel'], limit: 10 });
      await service.apply(runtime, opened('p1'), receive(parcelFilled, { parcelId: 'p1', item: 'tea' }));
      await service.apply(runtime, receive(parcelClosed, { parcelId: 'p1' }));
      await service.elapse(1);
      await new SagaWorker({ runtime }).runOnce();
      expect(await service.state('p1', 'parcel')).toBe(null);
      await begin();
      const store = storeWith(service.store, { due: async () => due });
      await new SagaWorker({ runtime: service.runtime([defineParcelSaga()], { store }) }).runOnce();
      expect(await reminded(service)).toEqual([]);
      // Nor is it put off, by a process that cannot load its instance: it might be fired too soon then.
      await new SagaWorker({ runtime: service.runtime([defineParcelSaga({ version: 2 })], { store }) }).runOnce();
      const timers = await service.store.queries.timers(service.transactions, { saga: 'parcel', key: 'p1' });
      expect(timers).toMatchObject([{ failures: 0 }, { failures: 0 }]);
    });

    test('workers that fire the same timers at once fire each once', async () => {
      const { service, runtime } = await openWith();
      const keys = Array.from({ length: 40 }, (_, n) => `p${n}`);
      await service.apply(runtime, ...keys.map(created));
      await service.elapse(REMIND_MS);
      await Promise.all(Array.from({ length: 4 }, () => new SagaWorker({ runtime, batchSize: 10 }).runOnce()));
      expect((await reminded(service)).sort()).toEqual([...keys].sort());
    });

    test('a commit that nobody answered is repeated, and the timer is fired once', async () => {
      const service = await open();
      onTestFinished(() => service.close());
      const transactions = new FaultyRunner(service.transactions);
      const runtime = service.runtime([defineParcelSaga()], { transactions });
      await service.apply(runtime, created('p1'));
      await service.elapse(REMIND_MS);
      transactions.unanswered = 1;
      await new SagaWorker({ runtime }).runOnce();
      expect(transactions.unanswered).toBe(0);
      expect(await reminded(service)).toEqual(['p1']);
      expect(service.told('timer-failed')).toEqual([]);
    });

    test('a timer whose function throws is postponed by itself: the others are fired, and it is tried again', async () => {
      const broken = new Set(['p1']);
      const onRemind = (parcelId: string) => {
        if (broken.has(parcelId)) throw new Error(`no reminder of ${parcelId}`);
      };
      const { service, runtime, worker } = await openWith({ onRemind, expireMs: NEVER_MS });
      await service.apply(runtime, ...['p0', 'p1', 'p2'].map(created));
      await service.elapse(REMIND_MS);
      await worker.runOnce();
      expect((await reminded(service)).sort()).toEqual(['p0', 'p2']);
      expect(service.told('timers-split')).toHaveLength(1);
      expect(service.told('timer-failed')).toMatchObject([{ key: 'p1', failures: 1, error: expect.any(String) }]);
      const timers = await service.store.queries.timers(service.transactions, { saga: 'parcel', key: 'p1' });
      const failed = { failures: 1, lastError: 'Error: no reminder of p1' };
      expect(timers.find(({ timer }) => timer === 'remind')).toMatchObject(failed);
      broken.clear();
      await worker.runOnce();
      expect(await reminded(service)).toHaveLength(2);
      await service.elapse(REMIND_MS);
      await worker.runOnce();
      expect(await reminded(service)).toContain('p1');
    });

    test('a timer that fails again and again waits longer each time, up to a limit', async () => {
      const onRemind = () => {
        throw new Error('never');
      };
      const { service, runtime } = await openWith({ onRemind, expireMs: NEVER_MS });
      const worker = new SagaWorker({ runtime, retryMinMs: 1_000, retryMaxMs: 4_000 });
      await service.apply(runtime, created('p1'));
      for (let failures = 1; failures <= 5; failures += 1) {
        await service.elapse(REMIND_MS);
        await worker.runOnce();
      }
      const pauses = service.told('timer-failed').map(({ retryInMs }) => retryInMs);
      const longest = [1_000, 2_000, 4_000, 4_000, 4_000];
      expect(pauses.every((pause, n) => pause >= longest[n]! / 2 && pause <= longest[n]!)).toBe(true);
      expect(service.told('timer-failed').map(({ failures }) => failures)).toEqual([1, 2, 3, 4, 5]);
    });

    test('a timer of an instance whose version this process does not have is postponed, and fired where it is known', async () => {
      const { service, runtime } = await openWith({ version: 2, expireMs: NEVER_MS });
      await service.apply(service.runtime([defineParcelSaga({ version: 1, expireMs: NEVER_MS })]), created('old'));
      await service.apply(runtime, created('new'));
      await service.elapse(REMIND_MS);
      await new SagaWorker({ runtime }).runOnce();
      expect(await reminded(service)).toEqual(['new']);
      expect(service.told('timer-failed')).toMatchObject([{ key: 'old', error: expect.stringContaining('version 1') }]);
      await service.elapse(REMIND_MS);
      const both = service.runtime([defineParcelSaga({ version: 1 }), defineParcelSaga({ version: 2 })]);
      await new SagaWorker({ runtime: both }).runOnce();
      expect(await reminded(service)).toEqual(['new', 'old']);
    });

    test('more timers than one batch holds are all fired by one run', async () => {
      const { service, runtime } = await openWith();
      const keys = Array.from({ length: 25 }, (_, n) => `p${n}`);
      await service.apply(runtime, ...keys.map(created));
      await service.elapse(REMIND_MS);
      await new SagaWorker({ runtime, batchSize: 10 }).runOnce();
      expect(await reminded(service)).toHaveLength(25);
    });

    test('a started worker fires a timer that this process sets, without waiting for its next look', async () => {
      const { service, runtime } = await openWith({ remindMs: 30 });
      const worker = start(runtime, { pollMs: NEVER_MS });
      await vi.waitFor(() => expect(worker.status().timers.lastRunAt).not.toBeNull(), WAITING);
      await service.apply(runtime, created('p1'));
      await vi.waitFor(async () => expect(await reminded(service)).toEqual(['p1']), WAITING);
    });

    test('a started worker sleeps until the next timer runs out, and looks at once when it is nudged', async () => {
      const { service, runtime } = await openWith({ remindMs: 100 });
      await service.apply(runtime, created('p1'));
      const worker = start(runtime, { pollMs: NEVER_MS });
      await vi.waitFor(async () => expect(await reminded(service)).toEqual(['p1']), WAITING);
      const elsewhere = service.runtime([defineParcelSaga({ remindMs: 0 })]);
      await service.apply(elsewhere, created('p2'));
      worker.nudge();
      await vi.waitFor(async () => expect(await reminded(service)).toEqual(['p1', 'p2']), WAITING);
    });

    test('of workers with leases one fires, and another takes over when it stops', async () => {
      const { service, runtime } = await openWith();
      const { leases } = service;
      const options = { runtime, leases, leaseMs: NEVER_MS };
      const [first, second] = [new SagaWorker(options), new SagaWorker(options)];
      await first.runOnce();
      await service.apply(runtime, created('p1'));
      await service.elapse(REMIND_MS);
      await second.runOnce();
      expect([first.status().leads, second.status().leads, await reminded(service)]).toEqual([true, false, []]);
      await first.stop();
      await second.runOnce();
      expect([second.status().leads, await reminded(service)]).toEqual([true, ['p1']]);
      await second.stop();
    });

    test('a worker stops when the transaction in progress has ended', async () => {
      const service = await open();
      onTestFinished(() => service.close());
      const transactions = new FaultyRunner(service.transactions);
      const runtime = service.runtime([defineParcelSaga()], { transactions });
      await service.apply(runtime, created('p1'));
      await service.elapse(REMIND_MS);
      const [reached, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      transactions.before = () => {
        reached.resolve();
        return go.promise;
      };
      const worker = new SagaWorker({ runtime });
      worker.start();
      await reached.promise;
      const stopped = worker.stop({ deadlineMs: 60_000 });
      go.resolve();
      expect(await stopped).toEqual({ settled: true });
      expect(await reminded(service)).toEqual(['p1']);
      expect(worker.status().timers.running).toBe(false);
    });

    test('preflight warns when nobody fires timers, and when finished instances are forgotten too soon', async () => {
      const { service, runtime, worker } = await openWith({ retentionMs: 1_000 });
      const found = async (longestAnswerMs: number) =>
        (await runtime.preflight({ longestAnswerMs }))
          .filter(({ subject, level }) => subject.startsWith('saga.') && level !== 'ok')
          .map(({ subject }) => subject);
      expect(await found(1_000)).toEqual([]);
      expect(await found(1_001)).toEqual(['saga.parcel.1.retentionMs']);
      await service.apply(runtime, created('p1'));
      await service.elapse(3 * REMIND_MS);
      expect(await found(0)).toEqual(['saga.timers']);
      await worker.runOnce();
      expect(await found(0)).toEqual([]);
    });

    test('finished instances are removed when their time is over, with all that belongs to them', async () => {
      const { service, runtime, worker } = await openWith({ retentionMs: 50_000, unmatched: 'park' });
      const finish = (parcelId: string) => [
        created(parcelId),
        opened(parcelId),
        receive(parcelFilled, { parcelId, item: 'tea' }),
        receive(parcelClosed, { parcelId }),
      ];
      await service.apply(runtime, ...finish('done'), created('going'));
      await worker.runOnce();
      expect(await service.state('done', 'parcel')).toBe('closed');
      await service.elapse(50_000);
      await worker.runOnce();
      expect([await service.state('done', 'parcel'), await service.state('going', 'parcel')]).toEqual([
        null,
        'created',
      ]);
      expect(await service.history('done', 'parcel')).toEqual([]);
      expect(service.told('purged')).toEqual([{ type: 'purged', instances: 1, parked: 0 }]);
    });

    test('an event that came too early waits for a day at least, however soon finished instances are forgotten', async () => {
      const { service, runtime, worker } = await openWith({ retentionMs: 0, unmatched: 'park' });
      await service.apply(runtime, opened('early'), opened('never begun'));
      await service.elapse(86_300_000);
      await worker.runOnce();
      await service.apply(runtime, created('early'));
      expect(await service.state('early', 'parcel')).toBe('open');
      await service.elapse(100_000);
      await worker.runOnce();
      expect(await service.parked('never begun', 'parcel')).toEqual([]);
      expect(service.told('purged')).toEqual([{ type: 'purged', instances: 0, parked: 1 }]);
    });
  });
}

/** The store with some calls of its timers replaced. */
function storeWith(store: SagaStore, replaced: { readonly due: () => Promise<readonly DueTimer[]> }): SagaStore {
  const { timers } = store;
  const replacing: TimerStore = {
    due: replaced.due,
    stillSet: (executor, set) => timers.stillSet(executor, set),
    remove: (executor, set) => timers.remove(executor, set),
    postpone: (executor, timer, failure) => timers.postpone(executor, timer, failure),
    nextInMs: (executor, sagas) => timers.nextInMs(executor, sagas),
  };
  const { dialect, instances, waiting, queries, retention } = store;
  return { dialect, instances, waiting, queries, retention, timers: replacing };
}
