import { Telemetry } from '@holdfast/core';
import { ManualClock } from '@holdfast/core/testing';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { HousekeeperEvent } from '../../src/housekeeping/housekeeper-event.ts';
import { InboxHousekeeper, type InboxHousekeeperOptions } from '../../src/housekeeping/inbox-housekeeper.ts';
import { InboxUpkeep } from '../../src/housekeeping/inbox-upkeep.ts';
import type { InboxStats, Purged, PurgeRequest, RetentionStore } from '../../src/store/retention-store.ts';

/** Rows that are due, and what is asked for. */
class DueRows implements RetentionStore {
  readonly asked: PurgeRequest[] = [];
  due = { records: 0, attempts: 0 };
  failure: Error | null = null;
  reports = 0;
  /** How many parked messages each call applies. */
  ready: number[] = [];
  progressPurges = 0;
  figures: InboxStats = { oldestRecordAgeMs: 90_000, lagMs: null, quarantined: 2, parked: 3 };
  figuresAsked = 0;

  async report(): Promise<void> {
    this.reports += 1;
  }

  async purge(_: unknown, request: PurgeRequest): Promise<Purged> {
    if (this.failure !== null) throw this.failure;
    this.asked.push(request);
    const removed = Math.min(request.limit, this.due[request.rows]);
    this.due[request.rows] -= removed;
    return { removed, next: `${request.rows} ${this.asked.length}` };
  }

  async purgeProgress(): Promise<number> {
    this.progressPurges += 1;
    return 0;
  }

  async stats(): Promise<InboxStats> {
    this.figuresAsked += 1;
    return this.figures;
  }
}

function housekeeperWorld(options: Partial<InboxHousekeeperOptions> = {}) {
  const clock = new ManualClock();
  const store = new DueRows();
  const executor = { execute: () => Promise.reject(new Error('not reached')) };
  const upkeep = new InboxUpkeep({
    consumer: 'payment',
    instance: 'one',
    store: { dialect: 'postgresql', retention: store },
    transactions: executor,
    retentionMs: 1_000_000,
    clock,
  });
  const released: number[] = [];
  const releaseReady = async ({ limit }: { readonly limit: number }) => {
    released.push(limit);
    return store.ready.shift() ?? 0;
  };
  const events: HousekeeperEvent[] = [];
  const housekeeper = new InboxHousekeeper({
    inbox: { upkeep, releaseReady },
    clock,
    onEvent: (event) => events.push(event),
    ...options,
  });
  onTestFinished(async () => void (await housekeeper.stop()));
  return { clock, store, upkeep, housekeeper, events, released };
}

/** Time goes on until the run has ended. */
async function finished(run: Promise<void>, clock: ManualClock): Promise<void> {
  let isDone = false;
  const done = run.finally(() => {
    isDone = true;
  });
  done.catch(() => {});
  while (!isDone) await clock.advance(10);
  await done;
}

test('a run removes everything that is due, in chunks that begin where the last one ended', async () => {
  const { clock, store, housekeeper, events } = housekeeperWorld();
  store.due = { records: 2_500, attempts: 10 };
  await finished(housekeeper.runOnce(), clock);
  expect(store.due).toEqual({ records: 0, attempts: 0 });
  const usual = { consumer: 'payment', retentionMs: 1_000_000, limit: 1_000 };
  expect(store.asked).toEqual([
    { ...usual, rows: 'records', from: null },
    { ...usual, rows: 'records', from: 'records 1' },
    { ...usual, rows: 'records', from: 'records 2' },
    { ...usual, rows: 'attempts', from: null },
  ]);
  expect(events).toEqual([{ type: 'purged', consumer: 'payment', records: 2_500, attempts: 10 }]);
  expect(store.progressPurges).toBe(1);
});

test('the next run goes on behind what was removed, and once an hour from the start: rows may have been locked', async () => {
  const { clock, store, housekeeper } = housekeeperWorld();
  await finished(housekeeper.runOnce(), clock);
  await finished(housekeeper.runOnce(), clock);
  await clock.advance(3_600_000);
  await finished(housekeeper.runOnce(), clock);
  const from = store.asked.filter(({ rows }) => rows === 'records').map((request) => request.from);
  expect(from).toEqual([null, 'records 1', null]);
});

test('between chunks it rests, so that others get through', async () => {
  const { clock, store, housekeeper } = housekeeperWorld();
  store.due = { records: 3_000, attempts: 0 };
  const run = housekeeper.runOnce();
  await clock.settle();
  expect(store.asked).toHaveLength(1);
  await finished(run, clock);
});

test('a started housekeeper cleans up at once and then every minute, and not after its end', async () => {
  const { clock, store, housekeeper } = housekeeperWorld();
  housekeeper.start();
  housekeeper.start();
  await clock.advance(0);
  expect(store.progressPurges).toBe(1);
  await clock.advance(180_000);
  expect(store.progressPurges).toBe(4);
  expect(await housekeeper.stop()).toEqual({ settled: true });
  await clock.advance(600_000);
  expect(store.progressPurges).toBe(4);
  expect(clock.sleeping).toBe(0);
  await expect(housekeeper.runOnce()).rejects.toThrow('inbox release');
});

test('a stop ends a long clean-up after the chunk in progress', async () => {
  const { clock, store, housekeeper } = housekeeperWorld();
  store.due = { records: 1_000_000, attempts: 0 };
  housekeeper.start();
  await clock.settle();
  await housekeeper.stop();
  expect(store.asked).toHaveLength(1);
});

test('how far this process has come is written down before each clean-up and at the end', async () => {
  const { clock, store, upkeep, housekeeper } = housekeeperWorld();
  const envelope = { id: 'm', source: '/s', type: 't', key: null, attributes: {}, body: new Uint8Array() };
  upkeep.note(envelope);
  await clock.settle();
  upkeep.note(envelope);
  await finished(housekeeper.runOnce(), clock);
  expect(store.reports).toBe(2);
  upkeep.note(envelope);
  await housekeeper.stop();
  expect(store.reports).toBe(3);
});

test('parked messages whose turn has come are applied, at once while there are many', async () => {
  const { clock, store, released, housekeeper } = housekeeperWorld();
  store.ready = [100, 100, 3];
  await finished(housekeeper.runOnce(), clock);
  expect(released).toEqual([100, 100, 100]);
  housekeeper.start();
  await clock.advance(60_000);
  expect(released.length).toBeGreaterThan(10);
  expect(released.length).toBeLessThan(40);
});

test('a run that fails is told and tried again', async () => {
  const { clock, store, housekeeper, events } = housekeeperWorld();
  store.failure = new Error('connect postgres://user:secret@db failed');
  housekeeper.start();
  await clock.advance(0);
  expect(events).toHaveLength(1);
  expect(events[0]).toMatchObject({ type: 'error', consumer: 'payment', activity: 'inbox housekeeping' });
  expect(JSON.stringify(events)).not.toContain('secret');
  store.failure = null;
  await clock.advance(60_000);
  expect(store.progressPurges).toBeGreaterThan(0);
  expect(housekeeper.status().map(({ consecutiveErrors }) => consecutiveErrors)).toEqual([0, 0]);
});

test('a listener that throws does not end the housekeeping', async () => {
  const onEvent = vi.fn(() => {
    throw new Error('listener');
  });
  const { clock, store, housekeeper } = housekeeperWorld({ onEvent });
  store.due = { records: 1, attempts: 0 };
  await finished(housekeeper.runOnce(), clock);
  expect(onEvent).toHaveBeenCalledOnce();
});

test('while it runs, the figures are gauges of the consumer, read by one query', async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2_000_000_000 });
  const meterProvider = new MeterProvider({ readers: [reader] });
  onTestFinished(() => meterProvider.shutdown());
  const { store, housekeeper } = housekeeperWorld({ telemetry: new Telemetry({ meterProvider }) });
  const read = async () => {
    exporter.reset();
    await meterProvider.forceFlush();
    const metrics = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics));
    return Object.fromEntries(
      metrics.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints.map(({ value }) => value)]),
    );
  };
  housekeeper.start();
  const gauges = await read();
  expect(gauges).toMatchObject({
    'holdfast.inbox.oldest_record_age': [90],
    'holdfast.inbox.quarantined': [2],
    'holdfast.inbox.parked': [3],
  });
  expect(gauges['holdfast.inbox.lag'] ?? []).toEqual([]);
  expect(store.figuresAsked).toBe(1);
  store.figures = { ...store.figures, lagMs: 5_000 };
  expect(await read()).toMatchObject({ 'holdfast.inbox.lag': [5] });
  await housekeeper.stop();
  await read();
  expect(store.figuresAsked).toBe(2);
});

test.each([
  ['everyMs', 0],
  ['chunk', 0],
  ['chunk', 1_001],
])('%s %d is refused', (option, value) => {
  expect(() => housekeeperWorld({ [option]: value })).toThrow(option);
});
