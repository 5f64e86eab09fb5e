import {
  type Clock,
  type Envelope,
  type Ids,
  InvalidOptionError,
  integerOption,
  type Message,
  MessageEncoder,
  type OutgoingMessage,
  type Random,
  SystemRandom,
  summarizeError,
} from '@holdfast/core';
import type { RepeatedTransaction, TransactionRunner } from '@holdfast/sql';
import { SequenceReusedError } from '../errors/sequence-reused-error.ts';
import { TooManyParkedError } from '../errors/too-many-parked-error.ts';
import type { AttemptTracker } from '../inbox/attempt-tracker.ts';
import type { MessageApplier } from '../inbox/message-applier.ts';
import type { Received } from '../inbox/received.ts';
import type { AnyWork, HandleOutcome } from '../inbox/work.ts';
import type { BlockedKey, GateStore, SequencePosition } from '../store/gate-store.ts';
import type { RecordStore } from '../store/record-store.ts';
import { type Delivered, GateDeliveries, subjectOf } from './gate-delivery.ts';
import type { GateEvent } from './gate-event.ts';
import { checkedGates, type Gates } from './gate-options.ts';
import type { GateParts } from './gate-parts.ts';
import { GateReleases, type Release } from './gate-release.ts';
import { type Decided, GateRequests, replacementOf } from './gate-requests.ts';
import { GateWorks } from './gate-works.ts';
import { type GatedPlace, type GateRule, gatedPlaceOf } from './gated-place.ts';
import { PreparedOnce } from './prepared-once.ts';
import { identityOf } from './take-turn.ts';

export interface SequenceGateOptions<Tx> {
  readonly consumer: string;
  readonly gates: Gates<Tx>;
  readonly store: { readonly gate: GateStore; readonly records: RecordStore };
  readonly transactions: TransactionRunner<Tx>;
  readonly repeated: RepeatedTransaction<Tx>;
  readonly applier: MessageApplier<Tx>;
  readonly attempts: AttemptTracker;
  readonly decode: (envelope: Envelope) => Message;
  readonly onEvent: (event: GateEvent) => void;
  /**
   * Most messages of one key that wait in the database for an earlier one. Further ones are refused as `transient`, so that they stay
   * with the broker. @default 1_000
   */
  readonly maxParkedPerKey?: number | undefined;
  /** Bound of the pause after the first failure of a parked message, in milliseconds; it doubles. @default 1_000 */
  readonly retryBaseMs?: number | undefined;
  /** Bound of every such pause, in milliseconds. @default 60_000 */
  readonly retryMaxMs?: number | undefined;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random?: Random | undefined;
}

const NEVER = new AbortController().signal;

/**
 * Applies the messages of each key in the order of their numbers, whatever the transport does to it: an early message is parked in
 * the database in one transaction, acknowledged, and applied after its predecessor.
 */
export class SequenceGate<Tx> {
  readonly #rules: ReadonlyMap<string, GateRule>;
  readonly #parts: GateParts<Tx>;
  readonly #deliveries: GateDeliveries<Tx>;
  readonly #releases: GateReleases<Tx>;
  readonly #requests: GateRequests<Tx>;
  readonly #encoding: { readonly ids: Ids; readonly clock: Clock };

  constructor(options: SequenceGateOptions<Tx>) {
    const { consumer, store, transactions, repeated, applier, attempts, decode, random = new SystemRandom() } = options;
    this.#rules = checkedGates(options.gates);
    this.#encoding = { ids: options.ids, clock: options.clock };
    const retryMaxMs = integerOption('retryMaxMs', options.retryMaxMs, { min: 1, max: 3_600_000, default: 60_000 });
    const retryBaseMs = Math.min(1_000, retryMaxMs);
    this.#parts = {
      consumer,
      gate: store.gate,
      records: store.records,
      attempts,
      transactions,
      repeated,
      applier,
      decode,
      works: new GateWorks(options.gates),
      announce: options.onEvent,
      maxParkedPerKey: integerOption('maxParkedPerKey', options.maxParkedPerKey, {
        min: 1,
        max: 100_000,
        default: 1_000,
      }),
      retryBaseMs: integerOption('retryBaseMs', options.retryBaseMs, { min: 1, max: retryMaxMs, default: retryBaseMs }),
      retryMaxMs,
      clock: options.clock,
      random,
    };
    this.#deliveries = new GateDeliveries(this.#parts);
    this.#releases = new GateReleases(this.#parts);
    this.#requests = new GateRequests(this.#parts);
  }

  /** Whether its stream has a gate; its place may be malformed. */
  isGated({ attributes }: Envelope): boolean {
    const stream = attributes['sequencestream'];
    return stream !== undefined && this.#rules.has(stream);
  }

  /** Where a message stands, or `null` when its stream has no gate. @throws MalformedSequenceError */
  placeOf(envelope: Envelope): GatedPlace | null {
    return gatedPlaceOf(envelope, { consumer: this.#parts.consumer, rules: this.#rules });
  }

  /**
   * Takes a message through the gate, counts its attempt, and applies what waited for it. Resolves when it is applied, parked or
   * dropped, in each case for good; what waited for it may still be parked then, and is not forgotten.
   */
  async handle(received: Received, place: GatedPlace, work: AnyWork<Tx>): Promise<HandleOutcome> {
    const { signal } = received;
    this.#parts.works.learn(received.envelope.type, work);
    const delivered = await this.#deliver(received, place, work);
    if (delivered.event !== null) this.#parts.announce(delivered.event);
    const { head, isHeadNew } = delivered;
    await this.#goOn({ sequence: place.sequence, head, isHeadNew, signal });
    return delivered.outcome;
  }

  /** Keys that cannot go on, those first that wait longest. */
  blocked({ limit = 100 }: { readonly limit?: number } = {}): Promise<readonly BlockedKey[]> {
    const { gate, transactions, consumer } = this.#parts;
    return gate.blocked(transactions, { consumer, limit: integerOption('limit', limit, { min: 1, max: 10_000 }) });
  }

  /**
   * Tries the message that is next again, as if it were new, and goes on when it succeeds.
   * `false`, and nothing was changed, when it is missing or the key has moved on: look at `blocked()` again.
   */
  async retry(position: SequencePosition): Promise<boolean> {
    return this.#decided(position, await this.#requests.retry(position));
  }

  /**
   * Gives up the message that is next, and all up to `through`: they count as applied, what is parked of them is dropped, and what
   * comes of them later is stale. `false`, and nothing was changed, when the key has moved on.
   * @throws InvalidOptionError when `through` is not between `next` and the highest number that was parked
   */
  async skip(
    key: Pick<BlockedKey, 'sequence' | 'next' | 'last'>,
    { through = key.next }: { readonly through?: bigint } = {},
  ): Promise<boolean> {
    if (through < key.next || through > key.last) {
      throw new InvalidOptionError('through', through, `a number from ${key.next} to ${key.last}`);
    }
    return this.#decided(key, await this.#requests.skip(key, through));
  }

  /**
   * Puts a message of yours in the place of the one that is next, with its source, key and number and a new id; the other one is
   * dropped, also when it comes later. `false`, and nothing was changed, when the key has moved on.
   * @throws InvalidMessageError, MessageTooLargeError, and what decoding it throws
   */
  async replace(position: SequencePosition, message: OutgoingMessage): Promise<boolean> {
    const encoder = new MessageEncoder({ source: position.sequence.source, ...this.#encoding });
    const envelope = encoder.encode(replacementOf(position, message));
    this.#parts.decode(envelope);
    return this.#decided(position, await this.#requests.replace(position, envelope));
  }

  /**
   * Applies parked messages whose turn has come and that nobody has applied: after a crash, or after a failure. One run of a
   * background activity. Returns how many were applied. @throws the database's error
   */
  async releaseReady({
    limit = 100,
    signal = NEVER,
  }: {
    readonly limit?: number;
    readonly signal?: AbortSignal;
  } = {}): Promise<number> {
    const { gate, transactions, consumer, works } = this.#parts;
    const { streams, types } = works;
    const ready = await gate.ready(transactions, { consumer, limit, streams, types });
    let released = 0;
    for (const { sequence, next } of ready) {
      if (signal.aborted) break;
      const head = await gate.parked(transactions, sequence, next);
      released += await this.#releases.run({ sequence, head, isHeadNew: false, signal });
    }
    return released;
  }

  async #deliver(received: Received, place: GatedPlace, anyWork: AnyWork<Tx>): Promise<Delivered> {
    const { envelope, attempt, signal } = received;
    const work = new PreparedOnce(anyWork);
    const { attempts } = this.#parts;
    const tracked = { identity: identityOf(place.sequence, envelope.id), type: envelope.type, attempt, signal };
    try {
      // Only what may be started counts as a start: not the copies of a message that is applied or parked already.
      const arrived = attempts.counts(received)
        ? await this.#deliveries.deliver({ place, received, work: null, isCounted: false })
        : null;
      if (arrived !== null) return arrived;
      return await attempts.run(tracked, (isCounted) => this.#deliveries.apply({ place, received, work, isCounted }));
    } catch (error) {
      const blocked = await this.#deliveries.block({ place, received }, error);
      if (blocked !== null) return blocked;
      this.#tell(error, { received, place });
      throw error;
    }
  }

  #tell(error: unknown, { received, place }: { readonly received: Received; readonly place: GatedPlace }): void {
    const subject = subjectOf(place, received);
    if (error instanceof TooManyParkedError) {
      this.#parts.announce({ type: 'too-many-parked', parked: error.parked, ...subject });
    } else if (error instanceof SequenceReusedError) {
      this.#parts.announce({ type: 'sequence-reused', ...subject });
    }
  }

  async #decided({ sequence }: SequencePosition, { isDone, head }: Decided): Promise<boolean> {
    await this.#goOn({ sequence, head, isHeadNew: true, signal: NEVER });
    return isDone;
  }

  /** What it follows is committed: a failure here is not its caller's. */
  async #goOn(release: Release): Promise<void> {
    try {
      await this.#releases.run(release);
    } catch (error) {
      const { sequence } = release;
      this.#parts.announce({ type: 'release-interrupted', sequence, error: summarizeError(error) });
    }
  }
}
