import {
  type Envelope,
  type Handler,
  InvalidOptionError,
  integerOption,
  type Message,
  SystemClock,
  SystemRandom,
  stringOption,
  Telemetry,
} from '@holdfast/core';
import { IdReusedError } from '../errors/id-reused-error.ts';
import type { MessageIdentity } from '../store/message-identity.ts';
import type { DeliveryContext } from './delivery-context.ts';
import type { InboxOptions } from './inbox-options.ts';
import { InboxReport } from './inbox-report.ts';
import { messageDigest } from './message-digest.ts';
import { MessageRunner } from './message-runner.ts';
import { receiveMessage } from './receive-message.ts';
import type { Received } from './received.ts';
import { RecordApplier } from './record-applier.ts';
import { RepeatedTransaction } from './repeated-transaction.ts';
import type { AnyWork, HandleOutcome } from './work.ts';

/**
 * Makes each message take effect once in your database, however often it is delivered: the message is recorded, its work runs and
 * what it sends is written in one transaction. Any number of processes of one consumer may run.
 */
export class Inbox<Tx> {
  readonly #options: InboxOptions<Tx>;
  readonly #consumer: string;
  readonly #report: InboxReport;
  readonly #runner: MessageRunner<Tx>;

  /** @throws InvalidOptionError */
  constructor(options: InboxOptions<Tx>) {
    const { store, transactions, outbox, clock = new SystemClock(), random = new SystemRandom() } = options;
    if (store.dialect !== transactions.dialect) {
      throw new InvalidOptionError(
        'store',
        store.dialect,
        `the store of the runner's database, ${transactions.dialect}`,
      );
    }
    this.#options = options;
    this.#consumer = stringOption('consumer', options.consumer, { maxBytes: 128 });
    const attempts = integerOption('transactionAttempts', options.transactionAttempts, {
      min: 1,
      max: 100,
      default: 5,
    });
    const { telemetry = new Telemetry(), onEvent } = options;
    this.#report = new InboxReport({ consumer: this.#consumer, telemetry, onEvent });
    const { records } = store;
    this.#runner = new MessageRunner({
      applier: new RecordApplier({ consumer: this.#consumer, records, transactions, outbox }),
      transactions: new RepeatedTransaction({ transactions, attempts, clock, random }),
      records,
      executor: transactions,
    });
  }

  /**
   * Decodes a message and applies it: once resolved, it is done and committed, whatever the outcome. `work` does not run for a
   * duplicate. Rejects with what the work threw, after everything was rolled back.
   *
   * Must not be called inside of a transaction: it runs its own.
   * @throws IdReusedError when another message came under this id before; UnknownEventTypeError, UnknownEventVersionError,
   *   SchemaValidationError, MalformedMessageError and MessageTooLargeError before the database is asked; the last
   *   error of the database when its attempts are used up; the signal's reason
   */
  async handle(envelope: Envelope, work: AnyWork<Tx>, delivery: DeliveryContext = {}): Promise<HandleOutcome> {
    return this.#handle(this.#receive(envelope, delivery), work);
  }

  /** {@link handle} as a handler for a consumer runtime. */
  handler(work: AnyWork<Tx>): Handler {
    return async (message, context) => {
      await this.#handle(this.#receive(context.envelope, { ...context, message }), work);
    };
  }

  /**
   * Records a message in the caller's own transaction, for code that brings its own: `true` when it is new. Nothing is decoded, counted
   * or retried. A concurrent transaction with the same message is waited for.
   * @throws NotInTransactionError; IdReusedError, and the driver's error of a failed statement: roll back then
   */
  async record(tx: Tx, envelope: Envelope): Promise<boolean> {
    const { store, transactions } = this.#options;
    const identity = { consumer: this.#consumer, source: envelope.source, id: envelope.id };
    const entry = { ...identity, digest: messageDigest(envelope) };
    const [recorded] = await store.records.record(transactions.executor(tx), [entry]);
    if (recorded === 'conflict') throw new IdReusedError(identity);
    return recorded === 'new';
  }

  /** Forgets that a message was applied, so that it would be applied again. `false` when there is no record of it. */
  forget({ source, id }: Omit<MessageIdentity, 'consumer'>): Promise<boolean> {
    const { store, transactions } = this.#options;
    return store.records.forget(transactions, { consumer: this.#consumer, source, id });
  }

  #receive(envelope: Envelope, delivery: DeliveryContext & { readonly message?: Message }): Received {
    try {
      return receiveMessage(this.#options.events, envelope, delivery);
    } catch (error) {
      this.#report.undecodable();
      throw error;
    }
  }

  async #handle(received: Received, work: AnyWork<Tx>): Promise<HandleOutcome> {
    try {
      const outcome = await this.#report.inSpan([received], () => this.#runner.run(received, work));
      this.#report.done(received, outcome);
      return outcome;
    } catch (error) {
      this.#report.failed(received, error);
      throw error;
    }
  }
}
