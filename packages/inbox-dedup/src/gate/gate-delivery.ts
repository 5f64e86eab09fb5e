import { failureClassOf, isHoldfastError, summarizeError } from '@holdfast/core';
import type { SqlExecutor } from '@holdfast/sql';
import { IdReusedError } from '../errors/id-reused-error.ts';
import { SequenceReusedError } from '../errors/sequence-reused-error.ts';
import { TooManyParkedError } from '../errors/too-many-parked-error.ts';
import type { Received } from '../inbox/received.ts';
import type { HandleOutcome } from '../inbox/work.ts';
import type { ParkedMessage, SequenceState } from '../store/gate-store.ts';
import { decideArrival } from './decide-arrival.ts';
import type { GateEvent, GateSubject } from './gate-event.ts';
import type { GateParts } from './gate-parts.ts';
import type { GatedPlace } from './gated-place.ts';
import type { PreparedOnce } from './prepared-once.ts';
import { identityOf, takeTurn } from './take-turn.ts';

/** What became of a delivered message. */
export interface Delivered {
  readonly outcome: HandleOutcome;
  readonly event: GateEvent | null;
  /** The parked message whose turn it is now. */
  readonly head: ParkedMessage | null;
  /** Whether this delivery has brought it to its turn: nobody can have started it before. */
  readonly isHeadNew: boolean;
}

/** `begin`: the sequence begins here, which must be certain before the work runs. `prepare`: before it is applied. */
type Step = { readonly kind: 'begin' } | { readonly kind: 'prepare' } | ({ readonly kind: 'done' } & Delivered);

export interface GateDelivery<Tx> {
  readonly place: GatedPlace;
  readonly received: Received;
  /** `null` while it must not be applied. */
  readonly work: PreparedOnce<Tx> | null;
  readonly isCounted: boolean;
}

/** Takes messages from the broker through the gate. */
export class GateDeliveries<Tx> {
  readonly #parts: GateParts<Tx>;

  constructor(parts: GateParts<Tx>) {
    this.#parts = parts;
  }

  /**
   * Applies the message, parks it, or finds that neither is needed. `null` when its turn has come and it was given no work.
   * @throws IdReusedError, SequenceReusedError, TooManyParkedError; what the work throws
   */
  async deliver(delivery: GateDelivery<Tx>): Promise<Delivered | null> {
    const { place, received, work } = delivery;
    for (let maybeBefore = false; ; ) {
      const step = await this.#parts.repeated.run((tx) => this.#step(tx, delivery), received.signal);
      maybeBefore ||= step.maybeBefore;
      switch (step.result.kind) {
        case 'begin':
          await this.#parts.gate.lock(this.#parts.transactions, place.sequence, place.number - 1n);
          break;
        case 'prepare':
          if (work === null) return null;
          await work.prepare(received);
          break;
        default:
          // The record is this very call's own.
          return step.result.outcome === 'duplicate' && maybeBefore
            ? { ...step.result, outcome: 'applied' }
            : step.result;
      }
    }
  }

  /** The same for a delivery that has a work. */
  async apply(delivery: GateDelivery<Tx> & { readonly work: PreparedOnce<Tx> }): Promise<Delivered> {
    const delivered = await this.deliver(delivery);
    if (delivered === null) throw new TypeError('A message with a work is applied when its turn has come.');
    return delivered;
  }

  /**
   * Keeps a message that failed for good when its turn had come, so that its key is seen to be blocked. `null` when it is not
   * for the gate to keep: the broker's dead-letter queue takes it.
   */
  async block(failed: Pick<GateDelivery<Tx>, 'place' | 'received'>, error: unknown): Promise<Delivered | null> {
    const { place, received } = failed;
    if (place.mode === 'latest' || received.signal.aborted || !isForGood(error)) return null;
    const reason = summarizeError(error);
    const { result } = await this.#parts.repeated.run((tx) => this.#keepFailed(tx, failed, reason), received.signal);
    if (!result) return null;
    const event = { type: 'key-blocked', reason, ...subjectOf(place, received) } as const;
    return { outcome: 'parked', event, head: null, isHeadNew: false };
  }

  /** `false` when its turn has not come, or is over. */
  async #keepFailed(
    tx: Tx,
    { place, received }: Pick<GateDelivery<Tx>, 'place' | 'received'>,
    reason: string,
  ): Promise<boolean> {
    const { gate, transactions } = this.#parts;
    const { sequence, number, start } = place;
    const { envelope, digest } = received;
    const executor = transactions.executor(tx);
    const state = await gate.lock(executor, sequence, start === 'first' ? 0n : number - 1n);
    if (state?.applied !== number - 1n) return false;
    const kept = await gate.parked(executor, sequence, number);
    if (kept !== null && kept.envelope.id !== envelope.id) return false;
    const tries = (kept?.tries ?? 0) + 1;
    const isReplacement = kept?.isReplacement ?? false;
    const failure = { role: 'failed', reason, tries, isReplacement, retryInMs: null } as const;
    await gate.park(executor, { sequence, number, envelope, digest, ...failure });
    return true;
  }

  async #step(tx: Tx, delivery: GateDelivery<Tx>): Promise<Step> {
    const { place, received, work } = delivery;
    const { gate, transactions, maxParkedPerKey } = this.#parts;
    const executor = transactions.executor(tx);
    const begin = place.mode === 'in-order' && place.start === 'any' ? null : 0n;
    const state = await gate.lock(executor, place.sequence, begin);
    if (state === null) return { kind: 'begin' };
    const kept = state.parked === 0 ? null : await gate.parked(executor, place.sequence, place.number);
    const { id } = received.envelope;
    const { mode, number } = place;
    switch (decideArrival({ mode, number, id, digest: received.digest, state, kept, maxParked: maxParkedPerKey })) {
      case 'apply':
        if (work === null || work.work === null) return { kind: 'prepare' };
        return this.#apply(tx, delivery, { work: work.work, others: state.parked - (kept === null ? 0 : 1) });
      case 'park':
        await this.#park(executor, delivery);
        return this.#done(executor, delivery, { outcome: 'parked', event: 'parked', state });
      case 'kept':
        return this.#done(executor, delivery, { outcome: 'parked', event: null, state });
      case 'replaced':
        return this.#done(executor, delivery, { outcome: 'stale', event: 'stale', state });
      case 'behind':
        return this.#done(executor, delivery, { ...(await this.#behind(executor, delivery)), state });
      case 'full':
        throw new TooManyParkedError(place.sequence, state.parked);
      case 'conflict':
        throw conflict(delivery, kept?.envelope.id ?? '');
    }
  }

  async #apply(
    tx: Tx,
    { place, received, isCounted }: GateDelivery<Tx>,
    { work, others }: { readonly work: NonNullable<PreparedOnce<Tx>['work']>; readonly others: number },
  ): Promise<Step> {
    const { sequence, number } = place;
    const turn = { sequence, number, received, work, hasOthers: others > 0, isCounted };
    const { outcome, head } = await takeTurn(this.#parts, tx, turn);
    return { kind: 'done', outcome, head, event: null, isHeadNew: true };
  }

  async #park(executor: SqlExecutor, { place, received }: GateDelivery<Tx>): Promise<void> {
    const { sequence, number } = place;
    const { envelope, digest } = received;
    const fresh = { role: 'early', reason: null, tries: 0, isReplacement: false, retryInMs: null } as const;
    await this.#parts.gate.park(executor, { sequence, number, envelope, digest, ...fresh });
  }

  async #behind(executor: SqlExecutor, { received, place }: GateDelivery<Tx>) {
    const identity = identityOf(place.sequence, received.envelope.id);
    const [found] = await this.#parts.records.look(executor, [{ ...identity, digest: received.digest }]);
    if (found === 'conflict') throw new IdReusedError(identity);
    return found === 'duplicate'
      ? ({ outcome: 'duplicate', event: null } as const)
      : ({ outcome: 'stale', event: 'stale' } as const);
  }

  /** The end of a delivery that applied nothing. What a crash has left behind is found on this occasion. */
  async #done(
    executor: SqlExecutor,
    { place, received, isCounted }: GateDelivery<Tx>,
    done: {
      readonly outcome: HandleOutcome;
      readonly event: 'parked' | 'stale' | null;
      readonly state: SequenceState;
    },
  ): Promise<Step> {
    const { gate, attempts } = this.#parts;
    const { outcome, event: type, state } = done;
    if (isCounted) await attempts.clear(executor, [identityOf(place.sequence, received.envelope.id)]);
    const head = state.parked === 0 ? null : await gate.parked(executor, place.sequence, state.applied + 1n);
    const event = type === null ? null : { type, ...subjectOf(place, received) };
    return { kind: 'done', outcome, event, head, isHeadNew: false };
  }
}

export function subjectOf({ sequence, number }: GatedPlace, { envelope }: Received): GateSubject {
  return { sequence, number, messageId: envelope.id, messageType: envelope.type };
}

/** Alarms are not for the gate to keep: who forges a number must not be able to block a key. */
function isForGood(error: unknown): boolean {
  const isAlarm = isHoldfastError(error, 'ERR_INBOX_ID_REUSED') || isHoldfastError(error, 'ERR_INBOX_SEQUENCE_REUSED');
  return !isAlarm && failureClassOf(error) === 'permanent';
}

function conflict<Tx>({ place, received }: GateDelivery<Tx>, keptId: string): Error {
  const { id } = received.envelope;
  return id === keptId
    ? new IdReusedError(identityOf(place.sequence, id))
    : new SequenceReusedError(place.sequence, place.number, { came: id, kept: keptId });
}
