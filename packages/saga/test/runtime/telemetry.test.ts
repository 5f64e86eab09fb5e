import { Telemetry } from '@holdfast/core';
import { SagaWorker } from '@holdfast/saga';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { expect, onTestFinished, test } from 'vitest';
import { defineParcelSaga, parcelBroken, parcelCreated, parcelFilled, parcelOpened } from './parcel-saga.ts';
import { receive, sqliteWorld } from './saga-world.ts';

class TestReader extends MetricReader {
  protected async onForceFlush(): Promise<void> {}
  protected async onShutdown(): Promise<void> {}
}

test('spans and metrics tell of transitions, late timers and who needs a person, and name no instance as a label', async () => {
  const service = await sqliteWorld();
  onTestFinished(() => service.close());
  const exporter = new InMemorySpanExporter();
  const reader = new TestReader();
  const telemetry = new Telemetry({
    tracerProvider: new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
    meterProvider: new MeterProvider({ readers: [reader] }),
  });
  const runtime = service.runtime([defineParcelSaga()], { telemetry });
  await service.apply(
    runtime,
    ...['secret key', 'broken key'].map((parcelId) => receive(parcelCreated, { parcelId })),
    receive(parcelFilled, { parcelId: 'secret key', item: 'tea' }),
    receive(parcelOpened, { parcelId: 'broken key' }),
    receive(parcelBroken, { parcelId: 'broken key' }),
  );
  await service.elapse(90_000);
  const worker = new SagaWorker({ runtime, pollMs: 3_600_000 });
  await worker.runOnce();
  await service.elapse(60_000);
  // Gauges are read while it is started.
  const { resourceMetrics } = await collectedFrom(worker, reader);
  const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
  const of = (name: string) =>
    metrics
      .find(({ descriptor }) => descriptor.name === name)
      ?.dataPoints.map(({ attributes, value }) => [attributes, value]);
  expect(of('holdfast.saga.attention')).toEqual([[{ 'holdfast.saga': 'parcel' }, 1]]);
  expect(of('holdfast.saga.timer_lag')).toHaveLength(1);
  expect(of('holdfast.saga.events')).toContainEqual([
    { 'holdfast.saga': 'parcel', 'holdfast.event.type': 'parcel.filled', 'holdfast.outcome': 'parked' },
    1,
  ]);
  expect(of('holdfast.saga.transitions')).toContainEqual([
    { 'holdfast.saga': 'parcel', 'holdfast.state': 'broken', 'holdfast.outcome': 'event' },
    1,
  ]);
  expect(of('holdfast.saga.timers')).toContainEqual([{ 'holdfast.saga': 'parcel', 'holdfast.outcome': 'fired' }, 1]);
  const spans = exporter.getFinishedSpans().map(({ name, attributes }) => ({ name, attributes }));
  expect(spans.map(({ name }) => name)).toEqual(expect.arrayContaining(['saga apply events', 'process saga timers']));
  expect(JSON.stringify([spans, metrics])).not.toContain(' key');
});

async function collectedFrom(worker: { start(): void; stop(): Promise<unknown> }, reader: TestReader) {
  worker.start();
  const collected = await reader.collect();
  await worker.stop();
  return collected;
}
