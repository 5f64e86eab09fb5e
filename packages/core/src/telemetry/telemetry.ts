import {
  type Attributes,
  type Context,
  type Counter,
  context,
  type Histogram,
  type Link,
  type Meter,
  type MeterProvider,
  metrics,
  type ObservableResult,
  ProxyTracerProvider,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { isHoldfastError } from '../errors/holdfast-error.ts';
import { summarizeError } from '../errors/summarize-error.ts';
import { isTraceparent } from '../message/traceparent.ts';
import { allowedMetricAttributes, type MetricAttributes } from './metric-attributes.ts';

export interface TelemetryOptions {
  /** @default the global one */
  readonly tracerProvider?: TracerProvider;
  /** @default the global one */
  readonly meterProvider?: MeterProvider;
}

export interface Instrument {
  /** `holdfast.<package>.<what>` */
  readonly name: string;
  /** UCUM: `s`, `By`, `{message}`. */
  readonly unit?: string;
  readonly description?: string;
}

export interface Observation {
  readonly value: number;
  readonly attributes?: MetricAttributes;
}

export interface MessagingSpan {
  /** `messaging.system`: `rabbitmq`, `aws_sqs`, `holdfast_sql`. */
  readonly system: string;
  /** `messaging.destination.name`: the queue or exchange. */
  readonly destination: string;
  /** `messaging.consumer.group.name` */
  readonly group?: string | undefined;
  /** `messaging.message.id`, for a span about one message. */
  readonly messageId?: string | undefined;
  /** `messaging.batch.message_count`, for a span about a batch. */
  readonly messageCount?: number | undefined;
  /** Stored trace contexts of the messages; the span is linked to each valid one. */
  readonly traceparents?: readonly (string | undefined)[] | undefined;
}

export interface InternalSpan {
  readonly name: string;
  /** Nothing of a message's content. */
  readonly attributes?: Readonly<Record<string, string | number>> | undefined;
}

interface StartedSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly parent: Context;
  readonly attributes: Attributes;
  readonly links: Link[];
}

const SCOPE = '@holdfast/core';
const NO_DELEGATE = new ProxyTracerProvider().getDelegate();
const MAX_LINKS = 128;

/** Spans and metrics by the OpenTelemetry API alone; costs next to nothing when the application registers no SDK. */
export class Telemetry {
  readonly #tracerProvider: TracerProvider | undefined;
  readonly #meterProvider: MeterProvider | undefined;
  readonly #counters = new Map<string, Counter>();
  readonly #histograms = new Map<string, Histogram>();

  constructor(options: TelemetryOptions = {}) {
    this.#tracerProvider = options.tracerProvider;
    this.#meterProvider = options.meterProvider;
  }

  /** Runs `run` in a span `send <destination>` of kind producer, child of the active span. */
  producerSpan<T>(options: MessagingSpan, run: () => Promise<T>): Promise<T> {
    return this.#inSpan(() => messagingSpan('send', options), run);
  }

  /** Runs `run` in a span `process <destination>` of kind consumer, the root of a trace linked to the messages' own. */
  consumerSpan<T>(options: MessagingSpan, run: () => Promise<T>): Promise<T> {
    return this.#inSpan(() => messagingSpan('process', options), run);
  }

  /** Runs `run` in a span of kind internal, child of the active span: what a process does by itself. */
  internalSpan<T>({ name, attributes = {} }: InternalSpan, run: () => Promise<T>): Promise<T> {
    const kind = SpanKind.INTERNAL;
    return this.#inSpan(() => ({ name, kind, parent: context.active(), attributes, links: [] }), run);
  }

  /** Adds to a counter. */
  add(instrument: Instrument, value: number, attributes: MetricAttributes = {}): void {
    let counter = this.#counters.get(instrument.name);
    if (counter === undefined) {
      counter = this.#meter().createCounter(instrument.name, instrumentOptions(instrument));
      this.#counters.set(instrument.name, counter);
    }
    counter.add(value, allowedMetricAttributes(attributes));
  }

  /** Records a value of a histogram. Durations are in seconds, as the conventions ask. */
  record(instrument: Instrument, value: number, attributes: MetricAttributes = {}): void {
    let histogram = this.#histograms.get(instrument.name);
    if (histogram === undefined) {
      histogram = this.#meter().createHistogram(instrument.name, instrumentOptions(instrument));
      this.#histograms.set(instrument.name, histogram);
    }
    histogram.record(value, allowedMetricAttributes(attributes));
  }

  /** Reads a gauge whenever metrics are collected. @returns a function that ends it */
  observe(instrument: Instrument, read: () => readonly Observation[] | Promise<readonly Observation[]>): () => void {
    const gauge = this.#meter().createObservableGauge(instrument.name, instrumentOptions(instrument));
    const callback = async (result: ObservableResult) => {
      for (const { value, attributes = {} } of await read()) result.observe(value, allowedMetricAttributes(attributes));
    };
    gauge.addCallback(callback);
    return () => gauge.removeCallback(callback);
  }

  /** `describe` is called when somebody traces. */
  async #inSpan<T>(describe: () => StartedSpan, run: () => Promise<T>): Promise<T> {
    const tracer = this.#tracer();
    if (tracer === undefined) return run();
    const { name, parent, ...options } = describe();
    const started = tracer.startSpan(name, options, parent);
    try {
      return await context.with(trace.setSpan(parent, started), run);
    } catch (error) {
      markFailed(started, error);
      throw error;
    } finally {
      started.end();
    }
  }

  #tracer(): Tracer | undefined {
    const provider = this.#tracerProvider ?? trace.getTracerProvider();
    if (provider instanceof ProxyTracerProvider && provider.getDelegate() === NO_DELEGATE) return undefined;
    return provider.getTracer(SCOPE);
  }

  #meter(): Meter {
    return (this.#meterProvider ?? metrics).getMeter(SCOPE);
  }
}

function instrumentOptions(instrument: Instrument) {
  const { unit = '', description = '' } = instrument;
  return { unit, description };
}

function messagingSpan(operation: 'send' | 'process', options: MessagingSpan): StartedSpan {
  const kinds = { send: SpanKind.PRODUCER, process: SpanKind.CONSUMER };
  return {
    name: `${operation} ${options.destination}`,
    kind: kinds[operation],
    parent: operation === 'send' ? context.active() : ROOT_CONTEXT,
    attributes: spanAttributes(operation, options),
    links: linksTo(options.traceparents ?? []),
  };
}

function spanAttributes(operation: 'send' | 'process', options: MessagingSpan): Attributes {
  const { system, destination, group, messageId, messageCount } = options;
  return {
    'messaging.system': system,
    'messaging.destination.name': destination,
    'messaging.operation.name': operation,
    'messaging.operation.type': operation,
    ...(group !== undefined && { 'messaging.consumer.group.name': group }),
    ...(messageId !== undefined && { 'messaging.message.id': messageId }),
    ...(messageCount !== undefined && { 'messaging.batch.message_count': messageCount }),
  };
}

function linksTo(traceparents: readonly (string | undefined)[]): Link[] {
  const distinct = new Set(traceparents.slice(0, MAX_LINKS));
  return [...distinct].flatMap((traceparent) => {
    const context = traceparent === undefined ? undefined : parseTraceparent(traceparent);
    return context === undefined ? [] : [{ context }];
  });
}

function parseTraceparent(traceparent: string): SpanContext | undefined {
  if (!isTraceparent(traceparent)) return undefined;
  const [, traceId = '', spanId = '', flags = '00'] = traceparent.split('-');
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
}

/** The error's code or name, and its scrubbed summary: spans leave the process. */
function markFailed(span: Span, error: unknown): void {
  const type = isHoldfastError(error) ? error.code : error instanceof Error ? error.name : 'unknown';
  span.setAttribute('error.type', type);
  span.setStatus({ code: SpanStatusCode.ERROR, message: summarizeError(error) });
}
