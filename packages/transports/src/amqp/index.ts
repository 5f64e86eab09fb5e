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
export type {
  AmqpChannel,
  AmqpConfirm,
  AmqpConnection,
  AmqpMessage,
  AmqpProperties,
  AmqpPublishOptions,
  AmqpQueueOptions,
  AmqpReturn,
  AmqpTagged,
} from './amqp-client.ts';
export type { AmqpConnectionName, AmqpEvent } from './amqp-event.ts';
export type { AmqpTransportOptions } from './amqp-settings.ts';
export { AmqpTransport } from './amqp-transport.ts';
