import {
  type Envelope,
  type Finding,
  type Handler,
  InvalidOptionError,
  integerOption,
  type Message,
  type OutgoingMessage,
  SystemClock,
  SystemRandom,
  stringOption,
  Telemetry,
  UuidV7Ids,
} from '@holdfast/core';
import { RepeatedTransaction } from '@holdfast/sql';
import type { HeldBackError } from '../errors/held-back-error.ts';
import { IdReusedError } from '../errors/id-reused-error.ts';
import { SequenceGate } from '../gate/sequence-gate.ts';
import { InboxUpkeep } from '../housekeeping/inbox-upkeep.ts';
import type { Attempts } from '../store/attempt-store.ts';
import type { BlockedKey, SequencePosition } from '../store/gate-store.ts';
import type { MessageIdentity } from '../store/message-identity.ts';
import type { InboxStats } from '../store/retention-store.ts';
import { AttemptTracker } from './attempt-tracker.ts';
import type { BatchMessage, BatchOutcome } from './batch/batch-message.ts';
import { BatchRunner } from './batch/batch-runner.ts';
import type { BatchWork } from './batch/batch-work.ts';
import type { DeliveryContext } from './delivery-context.ts';
import type { InboxOptions } from './inbox-options.ts';
import { type InboxPreflightOptions, inboxPreflight } from './inbox-preflight.ts';
import { InboxReport } from './inbox-report.ts';
import { messageDigest } from './message-digest.ts';
import { MessageRunner } from './message-runner.ts';
import { never, receiveMessage } from './receive-message.ts';
import type { Received } from './received.ts';
import { RecordApplier } from './record-applier.ts';
import type { AnyWork, HandleOutcome } from './work.ts';

/**
 * Makes each message take effect once in your database, however often it is delivered: the message is recorded, its work runs and
 * what it sends is written in one transaction. Any number of processes of one consumer may run.
 */
export class Inbox<Tx> {
  /** For an {@link InboxHousekeeper}. */
  readonly upkeep: InboxUpkeep;
  readonly #options: InboxOptions<Tx>;
  readonly #consumer: string;
  readonly #report: InboxReport;
  readonly #runner: MessageRunner<Tx>;
  readonly #batches: BatchRunner<Tx>;
  readonly #gate: SequenceGate<Tx>;
  readonly #attempts: AttemptTracker;

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
    const ids = options.ids ?? new UuidV7Ids({ clock });
    this.#attempts = attemptTracker(options, this.#report);
    this.upkeep = new InboxUpkeep({
      ...options,
      consumer: this.#consumer,
      instance: options.instance ?? ids.next(),
      clock,
      onError: (error) => this.#report.emit({ type: 'error', activity: 'report progress', error }),
    });
    const applier = new RecordApplier({ consumer: this.#consumer, records, transactions, outbox });
    const repeated = new RepeatedTransaction({ transactions, attempts, clock, random });
    this.#gate = new SequenceGate({
      consumer: this.#consumer,
      gates: options.gates ?? {},
      store,
      transactions,
      repeated,
      applier,
      attempts: this.#attempts,
      decode: (envelope) => options.events.decode(envelope),
      onEvent: (event) => this.#report.gated(event),
      maxParkedPerKey: options.maxParkedPerKey,
      clock,
      ids,
      random,
    });
    const parts = {
      applier,
      transactions: repeated,
      records,
      executor: transactions,
      gate: this.#gate,
      attempts: this.#attempts,
    };
    this.#runner = new MessageRunner(parts);
    const prepareConcurrency = integerOption('prepareConcurrency', options.prepareConcurrency, { min: 1, default: 10 });
    this.#batches = new BatchRunner({ ...parts, runner: this.#runner, report: this.#report, prepareConcurrency });
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
   * Handles messages in one transaction, with one statement that records them all; works run one after another in the order of the
   * list, or all at once by `applyAll`. When anything fails, it is rolled back and each message is handled by itself, so that one that
   * cannot be applied takes none along but those of its own key that come after it: they fail with {@link HeldBackError}, unless it never can be
   * applied. Otherwise the final state is the same as by {@link handle} one after another.
   *
   * Messages that were delivered before, or are gated by their sequence, are handled by themselves in any case; the order of each key
   * is kept. What became of each message is at its place. Does not reject.
   */
  async handleBatch(
    messages: readonly BatchMessage[],
    work: BatchWork<Tx>,
    { signal = never }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<readonly BatchOutcome[]> {
    const outcomes: BatchOutcome[] = [];
    const places: number[] = [];
    const batch: Received[] = [];
    for (const [place, { envelope, attempt, message }] of messages.entries()) {
      try {
        batch.push(this.#receive(envelope, { attempt, message, signal }));
        places.push(place);
      } catch (error) {
        outcomes[place] = { outcome: 'failed', error };
      }
    }
    if (batch.length === 0) return outcomes;
    const results = await this.#report.inSpan(batch, () => this.#batches.run(batch, work, signal));
    for (const [index, result] of results.entries()) {
      const received = batch[index];
      const place = places[index];
      if (received === undefined || place === undefined) continue;
      outcomes[place] = result;
      if (result.outcome === 'failed') this.#report.failed(received, result.error);
      else this.#report.done(received, result.outcome);
    }
    return outcomes;
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

  /** Messages that were set aside because they never ended, oldest first. They stay until a person decides. */
  quarantined({ limit = 100 }: { readonly limit?: number } = {}): Promise<readonly Attempts[]> {
    const { store, transactions } = this.#options;
    integerOption('limit', limit, { min: 1, max: 10_000 });
    return store.attempts.quarantined(transactions, { consumer: this.#consumer, limit });
  }

  /** Lets a quarantined message in again, as if it had never come: redrive it then. `false` when it was not known. */
  async readmit({ source, id }: Omit<MessageIdentity, 'consumer'>): Promise<boolean> {
    return (await this.#attempts.clear(this.#options.transactions, [{ consumer: this.#consumer, source, id }])) > 0;
  }

  /** Checks at start-up whether records are kept long enough, whether they are cleaned up, and the database's settings. */
  preflight(options: InboxPreflightOptions): Promise<readonly Finding[]> {
    const { transactions, clock = new SystemClock() } = this.#options;
    return inboxPreflight({ upkeep: this.upkeep, transactions, clock }, options);
  }

  /** The consumer's figures. Their cost does not grow with the number of records. */
  stats(): Promise<InboxStats> {
    return this.upkeep.stats();
  }

  /** Keys of gated streams that cannot go on, those first that wait longest: their next message is missing, failed or failing. */
  blocked(query: { readonly limit?: number } = {}): Promise<readonly BlockedKey[]> {
    return this.#gate.blocked(query);
  }

  /**
   * Tries the message that is next again, as if it were new, and goes on when it succeeds.
   * `false`, and nothing was changed, when it is missing or the key has moved on: look at {@link blocked} again.
   */
  retry(position: SequencePosition): Promise<boolean> {
    return this.#gate.retry(position);
  }

  /**
   * Gives up the message that is next, and all up to `through`: they count as applied, what is parked of them is dropped, and what
   * comes of them later is stale. `false`, and nothing was changed, when the key has moved on.
   * @throws InvalidOptionError when `through` is not between `next` and the highest number that was parked
   */
  skip(
    key: Pick<BlockedKey, 'sequence' | 'next' | 'last'>,
    options: { readonly through?: bigint } = {},
  ): Promise<boolean> {
    return this.#gate.skip(key, options);
  }

  /**
   * Puts a message of yours in the place of the one that is next, with its source, key and number and a new id; the other one is
   * dropped, also when it comes later. `false`, and nothing was changed, when the key has moved on.
   * @throws InvalidMessageError, MessageTooLargeError, and what decoding it throws
   */
  replace(position: SequencePosition, message: OutgoingMessage): Promise<boolean> {
    return this.#gate.replace(position, message);
  }

  /**
   * Applies parked messages whose turn has come and that nobody has applied, after a crash or a failure. {@link InboxHousekeeper} does
   * it all the time. Returns how many were applied. @throws the database's error
   */
  releaseReady(options: { readonly limit?: number; readonly signal?: AbortSignal } = {}): Promise<number> {
    return this.#options.gates === undefined ? Promise.resolve(0) : this.#gate.releaseReady(options);
  }

  #receive(envelope: Envelope, delivery: DeliveryContext & { readonly message?: Message | undefined }): Received {
    this.upkeep.note(envelope);
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

function attemptTracker<Tx>(options: InboxOptions<Tx>, report: InboxReport): AttemptTracker {
  return new AttemptTracker({
    store: options.store.attempts,
    executor: options.transactions,
    maxUnfinished: options.maxUnfinished,
    countStarts: options.countStarts,
    runGate: options.runGate,
    clock: options.clock,
    onQuarantined: (attempts) => report.emit({ type: 'quarantined', attempts }),
    onUnrecorded: (_, error) => report.emit({ type: 'error', activity: 'record a failed attempt', error }),
  });
}
