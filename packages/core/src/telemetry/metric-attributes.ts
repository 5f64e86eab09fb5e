/**
 * The only attributes that metrics may have: few values each, and nothing of a message's content or identity.
 * Names of OpenTelemetry's semantic conventions where there is one.
 */
export interface MetricAttributes {
  readonly 'messaging.system'?: string | undefined;
  readonly 'messaging.destination.name'?: string | undefined;
  readonly 'messaging.operation.name'?: string | undefined;
  readonly 'messaging.consumer.group.name'?: string | undefined;
  readonly 'error.type'?: string | undefined;
  /** The event's type, as declared by the sender or bound by the receiver. */
  readonly 'holdfast.event.type'?: string | undefined;
  readonly 'holdfast.outcome'?: string | undefined;
  readonly 'holdfast.lane'?: string | undefined;
  readonly 'holdfast.loop'?: string | undefined;
  readonly 'holdfast.saga'?: string | undefined;
  readonly 'holdfast.state'?: string | undefined;
}

const ALLOWED: ReadonlySet<string> = new Set<keyof MetricAttributes>([
  'messaging.system',
  'messaging.destination.name',
  'messaging.operation.name',
  'messaging.consumer.group.name',
  'error.type',
  'holdfast.event.type',
  'holdfast.outcome',
  'holdfast.lane',
  'holdfast.loop',
  'holdfast.saga',
  'holdfast.state',
]);

/** The allowed attributes among those given; the rest is dropped. */
export function allowedMetricAttributes(attributes: MetricAttributes): Record<string, string> {
  const allowed: Record<string, string> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'string' && ALLOWED.has(name)) allowed[name] = value;
  }
  return allowed;
}
