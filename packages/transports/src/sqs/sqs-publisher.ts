import { type Clock, type Envelope, type PublishOptions, quoted, type Receipt } from '@holdfast/core';
import { awsFailure, receiptOfFailure } from '../aws/aws-failure.ts';
import type { EntryTarget } from '../aws/outgoing-entry.ts';
import { WithheldKeys } from '../publishing/withheld-keys.ts';
import { KeyLanes } from './key-lanes.ts';
import { encodeEntry } from './message-codec.ts';
import { isFailure, PublishCall, unavailable } from './publish-call.ts';
import { PublishJob } from './publish-job.ts';
import type { Routes } from './routes.ts';
import { TargetQueue } from './target-queue.ts';

export interface SqsPublisherOptions {
  readonly clock: Clock;
  readonly routes: Routes;
  readonly fifo: boolean;
  readonly maxMessageBytes: number;
  readonly publishTimeoutMs: number;
  /** Requests in flight to one target. */
  readonly concurrency: number;
}

/** Without a reason each abort makes an error with a stack, for nobody. */
const ENDED = 'ended';
/** A standard queue promises no order, so what a request takes of a key after a failed one does no harm but a duplicate. */
const STANDARD_WAVE = 10;

interface OpenCall {
  readonly call: PublishCall;
  readonly jobs: readonly PublishJob[];
}

/** Sends messages to every target that gets them, and gives each its receipt. */
export class SqsPublisher {
  readonly #options: SqsPublisherOptions;
  readonly #withheld = new WithheldKeys();
  readonly #lanes: KeyLanes;
  readonly #targets = new Map<EntryTarget, TargetQueue>();
  readonly #calls = new Set<OpenCall>();
  #isClosed = false;

  constructor(options: SqsPublisherOptions) {
    this.#options = options;
    this.#lanes = new KeyLanes({
      withheld: this.#withheld,
      waveSize: options.fifo ? 1 : STANDARD_WAVE,
      dispatch: (job) => this.#dispatch(job),
    });
  }

  publish(batch: readonly Envelope[], { signal }: PublishOptions = {}): Promise<readonly Receipt[]> {
    const call = new PublishCall(batch.length, this.#withheld);
    const jobs: PublishJob[] = [];
    for (const [index, envelope] of batch.entries()) {
      const job = this.#take(envelope, { call, index });
      if (job !== null) jobs.push(job);
    }
    const open = { call, jobs };
    this.#watch(open, signal);
    if (signal?.aborted) this.#giveUp(open, 'Aborted before it was sent.');
    else if (this.#isClosed) this.#giveUp(open, 'The transport is closed.');
    else void this.#route(jobs.filter((job) => !job.isDone));
    return call.receipts;
  }

  /** Settles everything; afterwards all is `unavailable`. */
  close(): void {
    this.#isClosed = true;
    for (const open of this.#calls) this.#giveUp(open, 'The transport was closed.');
  }

  #take(
    envelope: Envelope,
    { call, index }: { readonly call: PublishCall; readonly index: number },
  ): PublishJob | null {
    const { fifo, maxMessageBytes } = this.#options;
    try {
      const { key, type, body } = envelope;
      if (body.length > maxMessageBytes) {
        call.give(index, rejected(`The body has ${body.length} bytes, the limit is ${maxMessageBytes}.`), null);
        return null;
      }
      const job = new PublishJob({ call, index, type, key, entry: encodeEntry(envelope, { fifo }) });
      if (key !== null) this.#lanes.enter(job, key);
      return job;
    } catch {
      // Not told why: the error may quote the message.
      call.give(index, rejected('It cannot be written as a message: it is no envelope.'), null);
      return null;
    }
  }

  /** Until the receipts are given. They are returned as they are: one turn later, a later message could be taken between. */
  #watch(open: OpenCall, signal: AbortSignal | undefined): void {
    const { clock, publishTimeoutMs } = this.#options;
    this.#calls.add(open);
    const ended = new AbortController();
    const onAbort = () => this.#giveUp(open, 'Aborted before there was an answer.');
    signal?.addEventListener('abort', onAbort);
    void clock.sleep(publishTimeoutMs, ended.signal).then(() => {
      if (!ended.signal.aborted) this.#giveUp(open, `Not done within ${publishTimeoutMs} ms.`);
    });
    void open.call.receipts.then(() => {
      ended.abort(ENDED);
      signal?.removeEventListener('abort', onAbort);
      this.#calls.delete(open);
    });
  }

  /** What was sent may have been taken; what was not is not sent any more. */
  #giveUp({ jobs }: OpenCall, reason: string): void {
    for (const job of jobs) {
      if (job.isDone) continue;
      job.give(job.isSent ? { outcome: 'unknown', reason } : unavailable(reason));
      if (job.key !== null) this.#lanes.fail(job, job.key);
    }
  }

  async #route(jobs: readonly PublishJob[]): Promise<void> {
    const { routes } = this.#options;
    const routed: PublishJob[] = [];
    const unrouted: PublishJob[] = [];
    for (const job of jobs) {
      const targets = routes.find(job.type);
      if (targets === null) unrouted.push(job);
      else if (this.#aim(job, targets)) routed.push(job);
    }
    this.#start(routed);
    if (unrouted.length > 0) await this.#routeAfresh(unrouted);
  }

  /** Nothing is called unroutable before a look that began after it was handed in. */
  async #routeAfresh(jobs: readonly PublishJob[]): Promise<void> {
    const { routes } = this.#options;
    try {
      await routes.refresh();
    } catch (error) {
      // Nothing was sent, whatever became of the look.
      const receipt = receiptOfFailure({ ...awsFailure(error), kind: 'unavailable' });
      for (const job of jobs) this.#refuse(job, receipt);
      return;
    }
    const routed: PublishJob[] = [];
    for (const job of jobs) {
      const targets = routes.known(job.type);
      if (targets.length === 0) this.#refuse(job, rejected(`No queue binds type ${quoted(job.type)}.`));
      else if (this.#aim(job, targets)) routed.push(job);
    }
    this.#start(routed);
  }

  /** It goes nowhere: unroutable, or nobody can say where. */
  #refuse(job: PublishJob, receipt: Receipt): void {
    if (job.isDone) return;
    job.give(receipt);
    if (job.key === null) return;
    if (isFailure(receipt)) this.#lanes.fail(job, job.key);
    else this.#lanes.advance(job.key);
  }

  /** Whether the message can go to these targets. */
  #aim(job: PublishJob, targets: readonly EntryTarget[]): boolean {
    if (job.isDone) return false;
    for (const { maxRequestBytes } of targets) {
      if (job.entry.bytes <= maxRequestBytes) continue;
      const sizes = `${job.entry.bytes} bytes, the limit is ${maxRequestBytes}`;
      this.#refuse(job, rejected(`As the service counts, with its attributes, it has ${sizes}.`));
      return false;
    }
    job.targets = targets;
    return true;
  }

  #start(jobs: readonly PublishJob[]): void {
    for (const job of jobs) {
      if (job.key === null) this.#dispatch(job);
      else this.#lanes.advance(job.key);
    }
  }

  #dispatch(job: PublishJob): void {
    for (const target of job.targets ?? []) this.#queueOf(target).add(job);
  }

  #settle(job: PublishJob, receipt: Receipt): void {
    const final = job.settleTarget(receipt);
    if (final === null) return;
    if (job.key === null) job.give(final);
    else this.#lanes.settle(job, job.key, final);
  }

  #queueOf(target: EntryTarget): TargetQueue {
    const known = this.#targets.get(target);
    if (known !== undefined) return known;
    const { clock, concurrency } = this.#options;
    const queue = new TargetQueue({ target, clock, concurrency, settle: (job, receipt) => this.#settle(job, receipt) });
    this.#targets.set(target, queue);
    return queue;
  }
}

function rejected(reason: string): Receipt {
  return { outcome: 'rejected', reason };
}
