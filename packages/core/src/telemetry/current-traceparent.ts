import { context, isSpanContextValid, ROOT_CONTEXT, trace } from '@opentelemetry/api';

/** The W3C `traceparent` of the active span, to be stored with a message. Costs nothing when no SDK is registered. */
export function currentTraceparent(): string | undefined {
  const active = context.active();
  if (active === ROOT_CONTEXT) return undefined;
  const span = trace.getSpanContext(active);
  if (span === undefined || !isSpanContextValid(span)) return undefined;
  // Bit 0 is the sampled flag, the only one that version 00 defines for senders.
  return `00-${span.traceId}-${span.spanId}-${(span.traceFlags & 1) === 1 ? '01' : '00'}`;
}
