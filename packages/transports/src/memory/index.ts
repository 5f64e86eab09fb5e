export {
  type DeadLetter,
  type DeadLetterMark,
  deadLetterAttributes,
  markDeadLetter,
  readDeadLetter,
} from '../dead-letter/dead-letter.ts';
export { type QueueMismatch, QueueMismatchError } from '../errors/queue-mismatch-error.ts';
export { TransportClosedError } from '../errors/transport-closed-error.ts';
export { TransportUnavailableError } from '../errors/transport-unavailable-error.ts';
export { UnknownQueueError } from '../errors/unknown-queue-error.ts';
export type { Transport } from '../transport.ts';
export {
  type DeadLettersOptions,
  MemoryBroker,
  type MemoryBrokerOptions,
  type RedriveOptions,
} from './memory-broker.ts';
export type { QueueStats } from './memory-queue.ts';
