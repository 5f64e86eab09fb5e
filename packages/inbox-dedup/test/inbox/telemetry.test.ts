import { Telemetry } from '@holdfast/core';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { expect, onTestFinished, test } from 'vitest';
import { forged, sqliteWorld } from './inbox-world.ts';
import { orderEnvelope } from './order-events.ts';

class ManualReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

const sender = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

async function opened() {
  const service = await sqliteWorld();
  onTestFinished(() => service.close());
  const reader = new ManualReader();
  const exporter = new InMemorySpanExporter();
  const telemetry = new Telemetry({
    meterProvider: new MeterProvider({ readers: [reader] }),
    tracerProvider: new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
  });
  const counted = async () => {
    const { resourceMetrics } = await reader.collect();
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    const handled = metrics.find(({ descriptor }) => descriptor.name === 'holdfast.inbox.handled');
    return (handled?.dataPoints ?? []).map(({ attributes, value }) => [
      attributes['messaging.consumer.group.name'],
      attributes['holdfast.event.type'],
      attributes['holdfast.outcome'],
      value,
    ]);
  };
  return { service, inbox: service.inbox({ telemetry }), exporter, counted };
}

test('messages are counted by consumer, type and what became of them', async () => {
  const { service, inbox, counted } = await opened();
  const message = orderEnvelope({ id: 'm1' });
  await inbox.handle(message, service.charge);
  await inbox.handle(message, service.charge);
  await inbox.handle(forged(message), service.charge).catch(() => {});
  await inbox.handle({ ...message, type: 'from outside' }, service.charge).catch(() => {});
  const failing = () => Promise.reject(new Error('no'));
  await inbox.handle(orderEnvelope({ id: 'm2' }), failing).catch(() => {});
  const batch = [orderEnvelope({ id: 'm3' }), message, forged(message)].map((envelope) => ({ envelope }));
  await inbox.handleBatch(batch, service.charge);
  expect(await counted()).toEqual([
    ['payment', 'order.placed', 'applied', 2],
    ['payment', 'order.placed', 'duplicate', 2],
    ['payment', 'order.placed', 'id-reused', 2],
    ['payment', undefined, 'failed', 1],
    ['payment', 'order.placed', 'failed', 1],
  ]);
});

test('each message, and each batch, is a consumer span that is linked to its senders', async () => {
  const { service, inbox, exporter } = await opened();
  await inbox.handle(orderEnvelope({ id: 'm1', traceparent: sender }), service.charge);
  const batch = ['m2', 'm3'].map((id) => ({ envelope: orderEnvelope({ id, traceparent: sender }) }));
  await inbox.handleBatch(batch, service.charge);
  const [one, many] = exporter.getFinishedSpans();
  expect(one).toMatchObject({ name: 'process payment', attributes: { 'messaging.message.id': 'm1' } });
  expect(one?.links).toMatchObject([{ context: { traceId: '0af7651916cd43dd8448eb211c80319c' } }]);
  expect(many?.attributes).toMatchObject({ 'messaging.batch.message_count': 2 });
  expect(many?.links).toHaveLength(1);
});

test('a listener that throws does not make messages fail', async () => {
  const { service } = await opened();
  const inbox = service.inbox({
    onEvent: () => {
      throw new Error('a bug of the listener');
    },
  });
  const message = orderEnvelope({ id: 'm1' });
  await inbox.handle(message, service.charge);
  await expect(inbox.handle(forged(message), service.charge)).rejects.toMatchObject({ code: 'ERR_INBOX_ID_REUSED' });
});
