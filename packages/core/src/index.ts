export { type BackoffOptions, backoffMs } from './backoff/backoff.ts';
export { SystemRandom } from './chance/system-random.ts';
export { UuidV7Ids, type UuidV7IdsOptions } from './chance/uuid-v7-ids.ts';
export { AsyncSchemaError } from './errors/async-schema-error.ts';
export type { FailureClass } from './errors/failure-class.ts';
export { failureClassOf, retryAfterMsOf } from './errors/failure-class-of.ts';
export { HoldfastError, isHoldfastError } from './errors/holdfast-error.ts';
export { InvalidMessageError } from './errors/invalid-message-error.ts';
export { InvalidOptionError } from './errors/invalid-option-error.ts';
export { LeaseLostError } from './errors/lease-lost-error.ts';
export { LoopStoppedError } from './errors/loop-stopped-error.ts';
export { MalformedMessageError } from './errors/malformed-message-error.ts';
export { MessageTooLargeError } from './errors/message-too-large-error.ts';
export { OverloadedError, type OverloadedErrorOptions } from './errors/overloaded-error.ts';
export { PermanentError } from './errors/permanent-error.ts';
export { quoted } from './errors/quoted.ts';
export { SchemaValidationError } from './errors/schema-validation-error.ts';
export { scrubCredentials } from './errors/scrub-credentials.ts';
export { summarizeError } from './errors/summarize-error.ts';
export { TransientError } from './errors/transient-error.ts';
export { UnknownEventTypeError } from './errors/unknown-event-type-error.ts';
export { UnknownEventVersionError } from './errors/unknown-event-version-error.ts';
export { UnknownOutcomeError } from './errors/unknown-outcome-error.ts';
export { Loop, type LoopOptions, type LoopStatus, type StopOptions, type StopReport } from './loop/loop.ts';
export type { LoopResult } from './loop/loop-pace.ts';
export { decodeAttributes, encodeAttributes } from './message/attributes-codec.ts';
export { decodeEnvelope } from './message/decode-envelope.ts';
export {
  type AnyEventDefinition,
  defineEvent,
  type EventDefinition,
  type EventOptions,
  type EventSpec,
} from './message/define-event.ts';
export { MessageEncoder, type MessageEncoderOptions } from './message/encode-message.ts';
export type { Envelope } from './message/envelope.ts';
export { envelopeToJson } from './message/envelope-to-json.ts';
export { EventRegistry, type EventRegistryOptions } from './message/event-registry.ts';
export type { LatestVersion, UpcastOption, VersionedSchemas } from './message/event-versions.ts';
export { type DataProblem, findDataProblem } from './message/find-data-problem.ts';
export type { Message } from './message/message.ts';
export { defaultMessageLimits, type MessageLimits, messageLimits } from './message/message-limits.ts';
export type { OutgoingMessage } from './message/outgoing-message.ts';
export { isTraceparent } from './message/traceparent.ts';
export { booleanOption } from './options/boolean-option.ts';
export { type IntegerRule, integerOption } from './options/integer-option.ts';
export { type NumberRule, numberOption } from './options/number-option.ts';
export { type OneOfRule, oneOfOption } from './options/one-of-option.ts';
export { type StringRule, stringOption } from './options/string-option.ts';
export type { Clock } from './ports/clock.ts';
export type { Enqueuer } from './ports/enqueuer.ts';
export type { Handler, HandlerContext } from './ports/handler.ts';
export type { Ids } from './ports/ids.ts';
export type { Publisher, PublishOptions, Receipt } from './ports/publisher.ts';
export type { Delivery, PullOptions, QueueReader } from './ports/queue-reader.ts';
export type { Random } from './ports/random.ts';
export type { QueueDeclaration, Topology } from './ports/topology.ts';
export { type Finding, type FindingLevel, worstLevel } from './preflight/finding.ts';
export { currentTraceparent } from './telemetry/current-traceparent.ts';
export { allowedMetricAttributes, type MetricAttributes } from './telemetry/metric-attributes.ts';
export {
  type Instrument,
  type InternalSpan,
  type MessagingSpan,
  type Observation,
  Telemetry,
  type TelemetryOptions,
} from './telemetry/telemetry.ts';
export { SystemClock } from './time/system-clock.ts';
