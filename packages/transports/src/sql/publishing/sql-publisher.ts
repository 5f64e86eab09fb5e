import { type Envelope, type PublishOptions, quoted, type Receipt, summarizeError } from '@holdfast/core';
import { WithheldKeys } from '../../publishing/withheld-keys.ts';
import type { StatementOutcome } from '../database-failure.ts';
import type { Appended } from '../store/message-log.ts';
import { envelopeProblem } from './envelope-problem.ts';
import { PublishCall, type PublishEntry } from './publish-call.ts';

/** Bounds of one statement. */
const MAX_MESSAGES = 1_000;
const MAX_BYTES = 4_194_304;

const ACCEPTED: Receipt = Object.freeze({ outcome: 'accepted' });
const WITHHELD = unavailable('An earlier message of the same key was not taken.');

export interface SqlPublisherOptions {
  /** Before the first append: when it fails nothing was sent. */
  readonly prepare: () => Promise<void>;
  readonly append: (envelopes: readonly Envelope[]) => Promise<Appended>;
  readonly maxMessageBytes: number;
  readonly outcomeOf: (error: unknown) => StatementOutcome;
  /** Told which queues have got something. */
  readonly onAppended: (queueIds: readonly number[]) => void;
}

/**
 * Publishes with one statement at a time: what is handed over while one is on its way goes with the next one. So the order
 * of the calls is the order of the log, and many small calls cost what a few large ones do.
 */
export class SqlPublisher {
  readonly #options: SqlPublisherOptions;
  readonly #withheld = new WithheldKeys();
  #waiting: PublishEntry[] = [];
  /** What the statement on its way carries. */
  #sent: readonly PublishEntry[] = [];
  #working: Promise<void> | null = null;
  #isClosed = false;

  constructor(options: SqlPublisherOptions) {
    this.#options = options;
  }

  publish(batch: readonly Envelope[], { signal }: PublishOptions = {}): Promise<readonly Receipt[]> {
    if (batch.length === 0) return Promise.resolve([]);
    const call = new PublishCall(batch.length, signal);
    for (const [index, envelope] of batch.entries()) this.#take({ call, index, envelope }, signal);
    if (!call.isComplete) {
      call.onAbort(() => this.#abandon((entry) => entry.call === call, 'The call was aborted.'));
      this.#working ??= this.#work();
    }
    return call.receipts;
  }

  /** Gives every receipt that is missing. Resolves when no statement is on its way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#abandon(() => true, 'The transport was closed.');
    await this.#working;
  }

  #take(entry: PublishEntry, signal: AbortSignal | undefined): void {
    const { key } = entry.envelope;
    const problem = this.#problemOf(entry.envelope);
    if (this.#isClosed) this.#fail(entry, unavailable('The transport is closed.'));
    else if (signal?.aborted) this.#fail(entry, unavailable('Aborted before it was sent.'));
    else if (key !== null && this.#withheld.has(key)) this.#fail(entry, WITHHELD);
    else if (problem !== null) this.#settle(entry, rejected(problem));
    else this.#waiting.push(entry);
  }

  #problemOf(envelope: Envelope): string | null {
    const { maxMessageBytes } = this.#options;
    const size = envelope.body.byteLength;
    if (size > maxMessageBytes) return `The body has ${size} bytes, the limit is ${maxMessageBytes}.`;
    return envelopeProblem(envelope);
  }

  async #work(): Promise<void> {
    // Calls of the same turn go together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      if (!(await this.#isPrepared())) continue;
      this.#sent = this.#next();
      await this.#send(this.#sent);
      this.#sent = [];
    }
    this.#working = null;
  }

  async #isPrepared(): Promise<boolean> {
    try {
      await this.#options.prepare();
      return true;
    } catch (error) {
      this.#failAll(this.#waiting.splice(0), unavailable(summarizeError(error)));
      return false;
    }
  }

  #next(): readonly PublishEntry[] {
    let bytes = 0;
    let count = 0;
    for (const { envelope } of this.#waiting) {
      bytes += envelope.body.byteLength;
      if (count === MAX_MESSAGES || (count > 0 && bytes > MAX_BYTES)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  /** Halves what the database refuses until the message is found that it refuses. */
  async #send(given: readonly PublishEntry[]): Promise<void> {
    const entries = given.filter(({ call, index }) => !call.has(index));
    if (entries.length === 0) return;
    try {
      const appended = await this.#options.append(entries.map(({ envelope }) => envelope));
      this.#settleAppended(entries, appended);
    } catch (error) {
      const outcome = this.#options.outcomeOf(error);
      if (outcome !== 'refused') return this.#failAll(entries, { outcome, reason: summarizeError(error) });
      const [only] = entries;
      if (entries.length === 1 && only !== undefined) return this.#settle(only, rejected(summarizeError(error)));
      const middle = entries.length >> 1;
      await this.#send(entries.slice(0, middle));
      await this.#send(entries.slice(middle));
    }
  }

  #settleAppended(entries: readonly PublishEntry[], { unrouted, queues }: Appended): void {
    const lost = new Set(unrouted);
    for (const [number, entry] of entries.entries()) {
      const receipt = lost.has(number) ? rejected(`No queue binds type ${quoted(entry.envelope.type)}.`) : ACCEPTED;
      this.#settle(entry, receipt);
    }
    this.#options.onAppended(queues);
  }

  /** Gives up on entries: what is on its way may arrive. */
  #abandon(concerns: (entry: PublishEntry) => boolean, reason: string): void {
    this.#failAll(this.#sent.filter(concerns), { outcome: 'unknown', reason });
    const waiting = this.#waiting.filter(concerns);
    this.#waiting = this.#waiting.filter((entry) => !concerns(entry));
    this.#failAll(waiting, unavailable(reason));
  }

  /** With every message of the same keys that has no receipt yet: it must not pass these when they are published again. */
  #failAll(entries: readonly PublishEntry[], receipt: Receipt): void {
    const calls = new Set<PublishCall>();
    const fail = (entry: PublishEntry, given: Receipt) => {
      this.#mark(entry, given);
      calls.add(entry.call);
    };
    for (const entry of entries) fail(entry, receipt);
    for (const entry of this.#sent) {
      if (this.#isWithheld(entry))
        fail(entry, {
          outcome: 'unknown',
          reason: 'It was sent with an earlier message of its key that has no receipt.',
        });
    }
    for (const entry of this.#waiting) if (this.#isWithheld(entry)) fail(entry, WITHHELD);
    this.#waiting = this.#waiting.filter(({ call, index }) => !call.has(index));
    for (const call of calls) this.#giveIfComplete(call);
  }

  #isWithheld({ call, index, envelope }: PublishEntry): boolean {
    return envelope.key !== null && !call.has(index) && this.#withheld.has(envelope.key);
  }

  #fail(entry: PublishEntry, receipt: Receipt): void {
    this.#mark(entry, receipt);
    this.#giveIfComplete(entry.call);
  }

  #mark({ call, index, envelope }: PublishEntry, receipt: Receipt): void {
    if (call.has(index)) return;
    call.set(index, receipt);
    if (envelope.key === null) return;
    this.#withheld.withhold(envelope.key);
    call.failedKeys.push(envelope.key);
  }

  #settle({ call, index }: PublishEntry, receipt: Receipt): void {
    if (call.has(index)) return;
    call.set(index, receipt);
    this.#giveIfComplete(call);
  }

  #giveIfComplete(call: PublishCall): void {
    if (!call.isComplete) return;
    this.#withheld.releaseBeforeReceipts(call.failedKeys.splice(0));
    call.give();
  }
}

function unavailable(reason: string): Receipt {
  return { outcome: 'unavailable', reason };
}

function rejected(reason: string): Receipt {
  return { outcome: 'rejected', reason };
}
