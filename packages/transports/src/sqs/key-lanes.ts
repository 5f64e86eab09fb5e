import type { Receipt } from '@holdfast/core';
import type { WithheldKeys } from '../publishing/withheld-keys.ts';
import { isFailure, unavailable } from './publish-call.ts';
import type { PublishJob } from './publish-job.ts';

export interface KeyLanesOptions {
  readonly withheld: WithheldKeys;
  /**
   * How many messages of one key are on their way at once. One for FIFO: were two in a request, the service could take the
   * second alone, and publishing the first again would invert them for ever.
   */
  readonly waveSize: number;
  readonly dispatch: (job: PublishJob) => void;
}

interface Lane {
  /** Handed in and not on their way, in order. */
  waiting: PublishJob[];
  /** On their way, in order, with what became of each. */
  wave: PublishJob[];
  results: (Receipt | null)[];
  left: number;
}

const EARLIER_FAILED = unavailable('An earlier message of the same key was not taken.');
const EARLIER_UNKNOWN: Receipt = Object.freeze({
  outcome: 'unknown',
  reason: 'It was taken, but an earlier message of the same key was not.',
});

/**
 * Keeps the publisher's rule of keys: after a message failed, no later one of its key is accepted that was handed in
 * before the failure was told. Messages of a key go in waves; what waits behind a failure is not sent.
 */
export class KeyLanes {
  readonly #withheld: WithheldKeys;
  readonly #waveSize: number;
  readonly #dispatch: (job: PublishJob) => void;
  readonly #lanes = new Map<string, Lane>();

  constructor({ withheld, waveSize, dispatch }: KeyLanesOptions) {
    this.#withheld = withheld;
    this.#waveSize = waveSize;
    this.#dispatch = dispatch;
  }

  /** Takes a message in, in the order of the calls. It goes on when it is routed and {@link advance} is called. */
  enter(job: PublishJob, key: string): void {
    if (this.#withheld.has(key)) {
      job.give(EARLIER_FAILED);
      return;
    }
    const lane = this.#lanes.get(key);
    if (lane === undefined) this.#lanes.set(key, { waiting: [job], wave: [], results: [], left: 0 });
    else lane.waiting.push(job);
  }

  /** Starts the next wave of the key if none is on its way. */
  advance(key: string): void {
    const lane = this.#lanes.get(key);
    if (lane === undefined || lane.wave.length > 0) return;
    const { waiting } = lane;
    let taken = 0;
    for (; taken < waiting.length && lane.wave.length < this.#waveSize; taken += 1) {
      const job = waiting[taken];
      if (job === undefined || job.isDone) continue;
      if (job.targets === null) break;
      lane.wave.push(job);
      lane.results.push(null);
    }
    lane.waiting = taken === waiting.length ? [] : waiting.slice(taken);
    lane.left = lane.wave.length;
    if (lane.wave.length === 0 && lane.waiting.length === 0) this.#lanes.delete(key);
    for (const job of lane.wave) this.#dispatch(job);
  }

  /** What became of a message of a wave. */
  settle(job: PublishJob, key: string, receipt: Receipt): void {
    const lane = this.#lanes.get(key);
    const place = lane?.wave.indexOf(job) ?? -1;
    if (lane === undefined || place === -1 || lane.results[place] !== null) return;
    lane.results[place] = receipt;
    lane.left -= 1;
    if (lane.left === 0) this.#conclude(lane, key);
  }

  /** A message of the key failed: what waits behind it is not sent. */
  fail(job: PublishJob, key: string): void {
    const lane = this.#lanes.get(key);
    if (lane === undefined) return;
    for (const later of lane.waiting.splice(lane.waiting.indexOf(job) + 1)) later.give(EARLIER_FAILED);
    this.advance(key);
  }

  #conclude(lane: Lane, key: string): void {
    const { wave, results } = lane;
    lane.wave = [];
    lane.results = [];
    let failed = false;
    for (const [index, job] of wave.entries()) {
      const receipt = results[index] ?? EARLIER_UNKNOWN;
      const given: Receipt = failed && receipt.outcome === 'accepted' ? EARLIER_UNKNOWN : receipt;
      // Given up by its caller, it counts as failed whatever became of it.
      failed ||= job.isDone || isFailure(given);
      job.give(given);
    }
    const later = failed ? lane.waiting.splice(0) : [];
    for (const job of later) job.give(EARLIER_FAILED);
    this.advance(key);
  }
}
