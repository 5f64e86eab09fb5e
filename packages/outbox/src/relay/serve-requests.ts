import type { Envelope, Publisher, Receipt } from '@holdfast/core';
import type { LaneClaim } from '../store/lane-store.ts';
import type { LogEntry } from '../store/log-page.ts';
import type { ParkedRequest } from '../store/parked-message.ts';
import type { ParkedResolution, ParkingStore } from '../store/parking-store.ts';
import { receiptReason } from './receipt-reason.ts';

export interface ServeRequestsOptions {
  readonly parking: ParkingStore;
  readonly publisher: Publisher;
  readonly claim: LaneClaim;
  /** Asked before each round: the lane may have been lost, or the relay may have to stop. */
  readonly mayContinue: () => boolean;
  /** Most messages of one `publish`. */
  readonly batchSize: number;
}

export interface ServedRequests {
  /** Keys that hold nothing back any more. */
  readonly released: readonly string[];
  /** `unavailable`: the destination takes nothing now, the rest stays requested. `fenced`: the lane was lost. */
  readonly outcome: 'done' | 'unavailable' | 'fenced';
  /** Messages that the destination accepted; what was discarded is not among them. */
  readonly published: number;
  /** Messages that it accepted or refused. */
  readonly answered: number;
  /** How long it asked to be left alone, in milliseconds. */
  readonly retryAfterMs: number;
}

/**
 * Publishes or removes parked messages that operators asked for. One message of a key at a time, so that a message which
 * is refused again still holds back those behind it. Nothing else of the lane may be in flight meanwhile.
 */
export async function serveRequests(options: ServeRequestsOptions): Promise<ServedRequests> {
  const { parking, claim, mayContinue, batchSize } = options;
  const released: string[] = [];
  let published = 0;
  let answered = 0;
  const report = (outcome: ServedRequests['outcome'], retryAfterMs = 0): ServedRequests => {
    return { released, published, answered, outcome, retryAfterMs };
  };
  while (mayContinue()) {
    const requests = await parking.requests(claim, batchSize * 4);
    if (requests.length === 0) break;
    const round = firstOfEachKey(requests).slice(0, batchSize);
    const receipts = await publishRedriven(round, options);
    const sent = receipts.filter((_, index) => round[index]?.action === 'redrive');
    published += sent.filter(({ outcome }) => outcome === 'accepted').length;
    answered += sent.filter(isAnswer).length;
    for (const resolution of resolutions(round, receipts)) {
      const keys = await parking.resolve(claim, resolution);
      if (keys === null) return report('fenced');
      released.push(...keys);
    }
    if (!receipts.every(isAnswer)) return report('unavailable', longestWait(receipts));
  }
  return report('done');
}

function isAnswer({ outcome }: Receipt): boolean {
  return outcome === 'accepted' || outcome === 'rejected';
}

function longestWait(receipts: readonly Receipt[]): number {
  return receipts.reduce(
    (longest, receipt) => Math.max(longest, receipt.outcome === 'unavailable' ? (receipt.retryAfterMs ?? 0) : 0),
    0,
  );
}

function firstOfEachKey(requests: readonly ParkedRequest[]): readonly ParkedRequest[] {
  const keys = new Set<string>();
  return requests.filter(({ entry: { envelope } }) => {
    if (envelope.key === null) return true;
    if (keys.has(envelope.key)) return false;
    keys.add(envelope.key);
    return true;
  });
}

/** One receipt per request; a message to be discarded counts as accepted without being sent. */
async function publishRedriven(
  round: readonly ParkedRequest[],
  { publisher }: ServeRequestsOptions,
): Promise<readonly Receipt[]> {
  const redriven = round.filter((request) => request.action === 'redrive').map(({ entry }) => entry.envelope);
  const receipts = redriven.length === 0 ? [] : await receiptsOf(publisher, redriven);
  const next = receipts[Symbol.iterator]();
  const lost: Receipt = { outcome: 'unknown', reason: 'the publisher gave no receipt' };
  return round.map(({ action }) => (action === 'discard' ? { outcome: 'accepted' } : (next.next().value ?? lost)));
}

/** None when the publisher fails, which says nothing about the messages. */
async function receiptsOf(publisher: Publisher, batch: readonly Envelope[]): Promise<readonly Receipt[]> {
  try {
    return await publisher.publish(batch);
  } catch {
    return [];
  }
}

function resolutions(round: readonly ParkedRequest[], receipts: readonly Receipt[]): readonly ParkedResolution[] {
  const done: LogEntry[] = [];
  const refusals: ParkedResolution[] = [];
  for (const [index, { entry }] of round.entries()) {
    const receipt = receipts[index];
    if (receipt?.outcome === 'accepted') done.push(entry);
    if (receipt?.outcome === 'rejected')
      refusals.push({ done: [], refused: { entry, reason: receiptReason(receipt.reason) } });
  }
  return done.length === 0 ? refusals : [{ done, refused: null }, ...refusals];
}
