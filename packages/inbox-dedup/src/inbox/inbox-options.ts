import type { Clock, Enqueuer, EventRegistry, Ids, Random, Telemetry } from '@holdfast/core';
import type { TransactionRunner } from '@holdfast/sql';
import type { Gates } from '../gate/gate-options.ts';
import type { InboxStore } from '../store/inbox-store.ts';
import type { InboxEventListener } from './inbox-event.ts';
import type { RunGate } from './run-gate.ts';

export interface InboxOptions<Tx> {
  /**
   * The consumer group. Its members share their records: a message takes effect once in the whole group. Another name is another
   * consumer, for which all messages are new.
   */
  readonly consumer: string;
  readonly store: InboxStore;
  /** How the service's transactions are run: `new PgTransactionRunner(pool)`, `new KyselyTransactionRunner(db, { … })`, … */
  readonly transactions: TransactionRunner<Tx>;
  /** The events that this consumer knows. */
  readonly events: EventRegistry;
  /** Takes what works `send`. @default works cannot send */
  readonly outbox?: Enqueuer<Tx>;
  /**
   * How often a transaction is run at most, the first time included, when it loses against another one, the database is away
   * for a moment, or it is not known whether it was committed. @default 5
   */
  readonly transactionAttempts?: number;
  /**
   * Streams whose messages are applied in the order of their numbers: `{ order: { mode: 'in-order' } }`. Their senders number them
   * (`sequences` of the outbox); this consumer must bind all types of the stream. @default none
   */
  readonly gates?: Gates<Tx>;
  /**
   * Most messages of one key that wait in the database for an earlier one; further ones stay with the broker. @default 1_000
   */
  readonly maxParkedPerKey?: number;
  /**
   * How often a message may be started and never end, because its process went away, before it is quarantined; at least 2. The last
   * time it runs alone, beside no other work of this inbox and those that share its `runGate`. @default 3
   */
  readonly maxUnfinished?: number;
  /**
   * One for all inboxes of a process, when there are several: otherwise a message of another inbox that ends the process may take a
   * last try along. A work of one must not have a message handled by another one then, which might wait for it. @default one of its own
   */
  readonly runGate?: RunGate;
  /**
   * Which starts are counted, each by a small write of its own: `redelivered` those of messages that came before, so that a first
   * delivery costs nothing; `always` all, for transports that do not tell how often a message was delivered. @default 'redelivered'
   */
  readonly countStarts?: 'redelivered' | 'always';
  /**
   * How long records are kept, in milliseconds, counted from how far the consumer has come: at least as long as the transport may
   * deliver a message again, see {@link Inbox.preflight}. @default 15 days
   */
  readonly retentionMs?: number;
  /**
   * A message that says to be older counts as this old when it is decided what may be forgotten, in milliseconds. It bounds what a
   * sender with a broken clock makes the inbox keep, and how long a backlog may be old. @default 90 days
   */
  readonly maxBacklogAgeMs?: number;
  /** Names this process among those of the consumer. @default an id */
  readonly instance?: string;
  /** How many `prepare` of one batch run at the same time. @default 10 */
  readonly prepareConcurrency?: number;
  /** Told what happens. What it throws is dropped. */
  readonly onEvent?: InboxEventListener;
  /** @default the application's OpenTelemetry */
  readonly telemetry?: Telemetry;
  /** @default the system's clock */
  readonly clock?: Clock;
  /** Names messages that replace others. @default UUIDv7 */
  readonly ids?: Ids;
  /** @default the system's */
  readonly random?: Random;
}
