import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Context,
  type ContextManager,
  context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  currentTraceparent,
  isTraceparent,
  type MetricAttributes,
  PermanentError,
  Telemetry,
} from '../../src/index.ts';

const storage = new AsyncLocalStorage<Context>();
const contextManager: ContextManager = {
  active: () => storage.getStore() ?? ROOT_CONTEXT,
  with: (active, fn, ...call) => storage.run(active, () => Reflect.apply(fn, call[0], call.slice(1))),
  bind: (_active, target) => target,
  enable: () => contextManager,
  disable: () => contextManager,
};

const exporter = new InMemorySpanExporter();
const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
const telemetry = new Telemetry({ tracerProvider });
const destination = { system: 'rabbitmq', destination: 'orders' };
const sender = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

beforeEach(() => exporter.reset());

test('without an SDK there is no trace context, spans only run, and metrics go nowhere', async () => {
  const bare = new Telemetry();
  expect(currentTraceparent()).toBeUndefined();
  expect(await bare.producerSpan(destination, async () => currentTraceparent())).toBeUndefined();
  await expect(bare.consumerSpan(destination, () => Promise.reject(new Error('x')))).rejects.toThrow('x');
  bare.add({ name: 'holdfast.test' }, 1);
  bare.record({ name: 'holdfast.test.duration', unit: 's' }, 1);
  bare.observe({ name: 'holdfast.test.age' }, () => [])();
});

describe('with an SDK', () => {
  beforeAll(() => {
    context.setGlobalContextManager(contextManager);
  });
  afterAll(() => context.disable());

  test('an internal span is a child of the active one, and has the attributes that it is given', async () => {
    const work = { name: 'saga apply events', attributes: { 'holdfast.saga': 'order' } };
    await telemetry.consumerSpan(destination, () => telemetry.internalSpan(work, async () => {}));
    const [inner, outer] = exporter.getFinishedSpans();
    expect(inner).toMatchObject({ ...work, kind: SpanKind.INTERNAL });
    expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
  });

  test('the active span’s context is a traceparent', async () => {
    const traceparent = await telemetry.producerSpan(destination, async () => currentTraceparent());
    const [span] = exporter.getFinishedSpans();
    expect(traceparent).toBe(`00-${span?.spanContext().traceId}-${span?.spanContext().spanId}-01`);
    expect(isTraceparent(traceparent ?? '')).toBe(true);
    expect(currentTraceparent()).toBeUndefined();
  });

  test('a producer span is a child of the active one and has the conventions’ attributes', async () => {
    await telemetry.consumerSpan(destination, () =>
      telemetry.producerSpan({ ...destination, messageCount: 3 }, () => Promise.resolve()),
    );
    const [child, parent] = exporter.getFinishedSpans();
    expect(child?.parentSpanContext?.spanId).toBe(parent?.spanContext().spanId);
    expect(child).toMatchObject({ name: 'send orders', kind: SpanKind.PRODUCER });
    expect(child?.attributes).toEqual({
      'messaging.system': 'rabbitmq',
      'messaging.destination.name': 'orders',
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      'messaging.batch.message_count': 3,
    });
  });

  test('a consumer span is linked to the stored contexts of its messages, once each, and to no broken one', async () => {
    const traceparents = [sender, sender, undefined, 'broken', `${sender}x`];
    await telemetry.consumerSpan({ ...destination, group: 'payment', messageId: 'm-1', traceparents }, () =>
      Promise.resolve(),
    );
    const [span] = exporter.getFinishedSpans();
    expect(span?.links.map((link) => link.context)).toMatchObject([
      { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1, isRemote: true },
    ]);
    expect(span?.parentSpanContext).toBeUndefined();
    expect(span?.attributes).toMatchObject({
      'messaging.consumer.group.name': 'payment',
      'messaging.message.id': 'm-1',
    });
  });

  test('a failed run marks its span with the error’s code and a scrubbed summary', async () => {
    const error = new PermanentError('amqp://user:secret@host refused');
    await expect(telemetry.consumerSpan(destination, () => Promise.reject(error))).rejects.toBe(error);
    await expect(
      telemetry.consumerSpan(destination, () => {
        throw new TypeError('thrown at once');
      }),
    ).rejects.toThrow('thrown at once');
    const [permanent, thrown] = exporter.getFinishedSpans();
    expect(permanent?.status.code).toBe(SpanStatusCode.ERROR);
    expect(permanent?.status.message).not.toContain('secret');
    expect(permanent?.attributes['error.type']).toBe('ERR_CORE_PERMANENT');
    expect(thrown?.attributes['error.type']).toBe('TypeError');
  });

  test('a registered global provider is used when none is given', async () => {
    trace.setGlobalTracerProvider(tracerProvider);
    await new Telemetry().producerSpan(destination, () => Promise.resolve());
    trace.disable();
    expect(exporter.getFinishedSpans()).toHaveLength(1);
  });
});

describe('metrics', () => {
  class PulledReader extends MetricReader {
    protected override async onForceFlush(): Promise<void> {}
    protected override async onShutdown(): Promise<void> {}
  }
  const reader = new PulledReader();
  const metered = new Telemetry({ meterProvider: new MeterProvider({ readers: [reader] }) });
  const collect = async () => {
    const { resourceMetrics } = await reader.collect();
    return resourceMetrics.scopeMetrics
      .flatMap((scope) => scope.metrics)
      .map(({ descriptor, dataPoints }) => ({
        name: descriptor.name,
        unit: descriptor.unit,
        points: dataPoints.map(({ value, attributes }) => ({ value, attributes })),
      }));
  };

  test('instruments are made once per name, and labels are those of the allow-list', async () => {
    const sent = { name: 'holdfast.test.sent', unit: '{message}', description: 'Messages sent' };
    const withId = { 'messaging.system': 'rabbitmq', 'messaging.message.id': 'canary' } as MetricAttributes;
    metered.add(sent, 1, withId);
    metered.add(sent, 2, { 'messaging.system': 'rabbitmq', 'error.type': undefined });
    metered.record({ name: 'holdfast.test.duration', unit: 's' }, 0.5, withId);
    let reads = 0;
    const end = metered.observe({ name: 'holdfast.test.age', unit: 's' }, () => {
      reads += 1;
      return [{ value: 7, attributes: { 'holdfast.lane': 'default' } }];
    });
    const collected = await collect();
    expect(JSON.stringify(collected)).not.toContain('canary');
    expect(collected).toMatchObject([
      {
        name: 'holdfast.test.sent',
        unit: '{message}',
        points: [{ value: 3, attributes: { 'messaging.system': 'rabbitmq' } }],
      },
      { name: 'holdfast.test.duration', points: [{ value: { count: 1, sum: 0.5 } }] },
      { name: 'holdfast.test.age', points: [{ value: 7, attributes: { 'holdfast.lane': 'default' } }] },
    ]);
    end();
    await collect();
    expect(reads).toBe(1);
  });
});
