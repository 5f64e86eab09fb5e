export type { FanOut, FanOutOptions, FanOutSubscription, FanOutTopic } from '../aws/fan-out.ts';
export type { EntryTarget, OutgoingEntry, SentEntries } from '../aws/outgoing-entry.ts';
export { RequestGivenUpError } from '../aws/request-given-up-error.ts';
export { RequestRefusedError } from '../aws/request-refused-error.ts';
export { SendFailedError } from '../aws/send-failed-error.ts';
export {
  type DeadLetter,
  type DeadLetterMark,
  deadLetterAttributes,
  markDeadLetter,
  readDeadLetter,
} from '../dead-letter/dead-letter.ts';
export { malformedType } from '../dead-letter/malformed-envelope.ts';
export { type QueueMismatch, QueueMismatchError } from '../errors/queue-mismatch-error.ts';
export { TransportClosedError } from '../errors/transport-closed-error.ts';
export { TransportUnavailableError } from '../errors/transport-unavailable-error.ts';
export { UnknownQueueError } from '../errors/unknown-queue-error.ts';
export type { Transport } from '../transport.ts';
export type { SqsClient } from './sqs-api.ts';
export type { SqsEvent } from './sqs-event.ts';
export type { SqsTransportOptions } from './sqs-options.ts';
export { SqsTransport } from './sqs-transport.ts';
