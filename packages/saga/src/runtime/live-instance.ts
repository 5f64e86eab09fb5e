import type { Message, OutgoingMessage } from '@holdfast/core';
import { checkedData } from '../decide/checked-data.ts';
import { decide } from '../decide/decide.ts';
import type { Decision, Moved, NotMoved, SagaSnapshot } from '../decide/decision.ts';
import { offerParked } from '../decide/offer-parked.ts';
import type { SagaInput } from '../decide/saga-input.ts';
import type { SagaDefinition } from '../definition/saga-definition.ts';
import { SagaDataError } from '../errors/saga-data-error.ts';
import { SagaDataTooLargeError } from '../errors/saga-data-too-large-error.ts';
import { TooManyParkedEventsError } from '../errors/too-many-parked-events-error.ts';
import { UnexpectedEventError } from '../errors/unexpected-event-error.ts';
import { UnknownStateError } from '../errors/unknown-state-error.ts';
import type { HistoryEntry } from '../store/history-entry.ts';
import type { ParkedEvent } from '../store/parked-event.ts';
import type { SagaId } from '../store/saga-id.ts';
import type { SagaWrite } from '../store/saga-write.ts';
import type { StoredSaga } from '../store/stored-saga.ts';
import { dataChanges } from './data-change.ts';
import { type EntryCause, entryCause } from './entry-cause.ts';
import { parkedMessage, unparkedMessage } from './parked-message.ts';
import { recordedChanges, recordedSent } from './recorded-changes.ts';

export interface LiveInstanceOptions {
  readonly id: SagaId;
  /** To which it is pinned, or by which it would begin. */
  readonly definition: SagaDefinition;
  readonly stored: StoredSaga | null;
  /** The oldest first. */
  readonly parked: readonly ParkedEvent[];
  readonly now: number;
  readonly nextId: () => string;
  readonly maxDataBytes: number;
  readonly maxParked: number;
  /** It will be replaced: what is stored need not fit the definition. @default false */
  readonly isUnread?: boolean;
  /** What the history must not show. @default what the definition says */
  readonly redact?: readonly string[];
}

/** One transition that was taken, as it is told about. */
export interface TakenTransition {
  readonly id: SagaId;
  readonly definitionVersion: number;
  readonly move: Moved;
  readonly entry: HistoryEntry;
}

/** A parked event that cannot be taken. It stays, since what moved the instance is not to blame. */
export interface ParkedFailure {
  readonly event: ParkedEvent;
  readonly error: unknown;
}

/** Where an instance is, as it is stored. */
interface Place {
  readonly state: string;
  readonly json: string;
}

/** An instance within one transaction: it takes inputs one after another, and tells in the end what there is to write. Touches no database. */
export class LiveInstance {
  readonly id: SagaId;
  readonly transitions: TakenTransition[] = [];
  readonly sent: OutgoingMessage[] = [];
  readonly #options: LiveInstanceOptions;
  readonly #definition: SagaDefinition;
  #place: Place | null;
  /** Of {@link #place}, as the definition's functions get it. */
  #snapshot: SagaSnapshot | null = null;
  #correlationId: string;
  #waiting: readonly ParkedEvent[];
  readonly #newlyParked: ParkedEvent[] = [];
  readonly #released: ParkedEvent[] = [];
  readonly #parkedFailures = new Map<ParkedEvent, unknown>();
  /** What becomes of each timer: its delay, or `null` when it is cancelled. */
  readonly #timers = new Map<string, number | null>();

  /** @throws UnknownStateError, SagaDataError */
  constructor(options: LiveInstanceOptions) {
    const { id, definition, stored, parked } = options;
    this.id = id;
    this.#options = options;
    this.#definition = definition;
    this.#place = stored === null ? null : { state: stored.state, json: stored.data };
    this.#correlationId = stored?.correlationId ?? '';
    this.#waiting = parked;
    if (options.isUnread !== true) this.#read();
  }

  get exists(): boolean {
    return this.#place !== null;
  }

  /** Its state now, or `null`. */
  get state(): string | null {
    return this.#place?.state ?? null;
  }

  get definitionVersion(): number {
    return this.#definition.version;
  }

  /** Parked events that could not be taken in this transaction. */
  get parkedFailures(): readonly ParkedFailure[] {
    return [...this.#parkedFailures].map(([event, error]) => ({ event, error }));
  }

  /** Whether this transaction has cancelled a timer or set it: what was read of it before says nothing then. */
  hasChanged(timer: string): boolean {
    return this.#timers.has(timer);
  }

  /** Takes an event, or parks it. @throws UnexpectedEventError, TooManyParkedEventsError, and what {@link decide} throws */
  offer(message: Message): Decision {
    const name = this.#definition.eventName(message.type);
    const decision = name === undefined ? this.#undeclared() : this.take({ kind: 'event', name, message });
    if (decision.kind === 'failed') throw this.#unexpected(message);
    if (decision.kind === 'parked') this.#park(parkedMessage(message));
    return decision;
  }

  /** Takes an input, and then what was parked and is wanted now. @throws what {@link decide} throws */
  take(input: SagaInput): Decision {
    const decision = this.#decide(input);
    if (decision.kind === 'moved') {
      this.#move(decision, input);
      this.#takeParked();
    }
    return decision;
  }

  /** Puts other data or another state in the place of what there is, without a transition of the definition. */
  replace(move: Moved, entry: Omit<EntryCause, 'messageSource'>): void {
    this.#apply(move, { ...entry, messageSource: null });
    this.#takeParked();
  }

  /** What there is to write, or `null`. @throws SagaDataTooLargeError */
  write(): SagaWrite | null {
    const { stored } = this.#options;
    const isUnchanged = this.transitions.length === 0 && this.#newlyParked.length === 0;
    if (isUnchanged || this.#place === null) return null;
    const { state, json } = this.#place;
    this.#assertSize(json);
    const kind = this.#definition.states.get(state)?.kind ?? 'active';
    const timers = [...this.#timers];
    return {
      ...this.id,
      expectedVersion: stored?.version ?? null,
      definitionVersion: this.#definition.version,
      state,
      kind,
      data: json,
      version: (stored?.version ?? 0) + 1,
      transitions: (stored?.transitions ?? 0) + this.transitions.length,
      correlationId: this.#correlationId,
      parked: this.#waiting.length,
      keepMs: kind === 'final' ? this.#definition.retentionMs : null,
      history: this.transitions.map(({ entry }) => entry),
      cancel: timers.flatMap(([timer, afterMs]) => (afterMs === null ? [timer] : [])),
      schedule: timers.flatMap(([timer, afterMs]) => (afterMs === null ? [] : [{ timer, afterMs }])),
      park: this.#newlyParked,
      release: this.#released,
    };
  }

  /** Events that are parked although there is no instance. */
  unmatched(): readonly ParkedEvent[] {
    return this.#place === null ? this.#newlyParked : [];
  }

  #decide(input: SagaInput): Decision {
    const context = { key: this.id.key, now: this.#options.now };
    const snapshot = this.#read();
    // Functions must not change it, but they can: whoever decides next gets another one.
    this.#snapshot = null;
    return decide(this.#definition, snapshot, { input, context });
  }

  /** Data always comes from its JSON, so that functions get the same after a transition of this transaction as after one of an earlier one. */
  #read(): SagaSnapshot | null {
    if (this.#place !== null) this.#snapshot ??= loaded(this.#definition, this.#place);
    return this.#snapshot;
  }

  /** An event that only another version declares: no instance is one more that it does not match. */
  #undeclared(): NotMoved {
    if (this.exists || this.#definition.unmatched === 'fail') return { kind: 'failed' };
    return { kind: this.#definition.unmatched === 'park' ? 'parked' : 'ignored' };
  }

  #takeParked(): void {
    this.#waiting = offerParked(this.#waiting, (parked) => this.#takeOneParked(parked));
  }

  #takeOneParked(parked: ParkedEvent): Decision['kind'] {
    const name = this.#definition.eventName(parked.type);
    const event = name === undefined ? undefined : this.#definition.events.get(name);
    if (name === undefined || event === undefined) return 'parked';
    try {
      const input: SagaInput = { kind: 'event', name, message: unparkedMessage(parked, event) };
      const decision = this.#decide(input);
      if (decision.kind === 'failed') throw this.#unexpected(input.message);
      if (decision.kind === 'moved') this.#move(decision, input);
      if (decision.kind === 'moved' || decision.kind === 'ignored') this.#release(parked);
      this.#parkedFailures.delete(parked);
      return decision.kind;
    } catch (error) {
      this.#parkedFailures.set(parked, error);
      return 'failed';
    }
  }

  #park(event: ParkedEvent): void {
    const isKept = this.#waiting.some(({ source, id }) => source === event.source && id === event.id);
    if (isKept) return;
    const { maxParked } = this.#options;
    if (this.#waiting.length >= maxParked) throw new TooManyParkedEventsError(this.id, maxParked);
    this.#waiting = [...this.#waiting, event];
    this.#newlyParked.push(event);
  }

  #release(event: ParkedEvent): void {
    const fresh = this.#newlyParked.indexOf(event);
    if (fresh === -1) this.#released.push(event);
    else this.#newlyParked.splice(fresh, 1);
  }

  #move(move: Moved, input: SagaInput): void {
    if (input.kind === 'event' && move.from === null) {
      const { attributes, id } = input.message;
      this.#correlationId = attributes['correlationid'] ?? id;
    }
    this.#apply(move, entryCause(input));
  }

  /** Nothing has changed when it throws. */
  #apply(move: Moved, cause: EntryCause): void {
    const sent = move.sent.map(({ message }) => this.#addressed(message, cause.messageId));
    const json = JSON.stringify(move.data) ?? 'null';
    const snapshot = readAgain(this.#definition, { state: move.to, json });
    const before = this.#place === null ? undefined : JSON.parse(this.#place.json);
    const changes = dataChanges(before, JSON.parse(json), this.#options.redact ?? this.#definition.redact);
    const entry: HistoryEntry = {
      ...cause,
      number: (this.#options.stored?.transitions ?? 0) + this.transitions.length + 1,
      from: move.from,
      to: move.to,
      label: move.label,
      changes: recordedChanges(changes),
      sent: recordedSent(sent),
    };
    this.#place = { state: move.to, json };
    this.#snapshot = snapshot;
    for (const message of sent) this.sent.push(message);
    for (const timer of move.cancel) this.#timers.set(timer, null);
    for (const { timer, afterMs } of move.schedule) this.#timers.set(timer, afterMs);
    this.transitions.push({ id: this.id, definitionVersion: this.#definition.version, move, entry });
  }

  /** Left to itself, a message belongs to the instance's workflow, and is caused by the event. */
  #addressed(message: OutgoingMessage, causedBy: string | null): OutgoingMessage {
    const { id = this.#options.nextId(), correlationId = this.#correlationId } = message;
    const causationId = message.causationId ?? causedBy;
    return { ...message, id, correlationId, ...(causationId !== null && { causationId }) };
  }

  #assertSize(json: string): void {
    const { maxDataBytes } = this.#options;
    const bytes = Buffer.byteLength(json);
    if (bytes > maxDataBytes) throw new SagaDataTooLargeError(this.id, { bytes, maxBytes: maxDataBytes });
  }

  #unexpected({ type }: Message): UnexpectedEventError {
    return new UnexpectedEventError({ ...this.id, type, state: this.state });
  }
}

/** What a state with a schema gives to the next transition: the same as was stored. `null`: it has none. @throws SagaDataError */
function readAgain(definition: SagaDefinition, place: Place): SagaSnapshot | null {
  if (definition.states.get(place.state)?.schema === undefined) return null;
  const snapshot = loaded(definition, place);
  if (JSON.stringify(snapshot.data) === place.json) return snapshot;
  throw new SagaDataError({ saga: definition.name, state: place.state }, [
    '(its schema makes something else of its own output)',
  ]);
}

function loaded(definition: SagaDefinition, { state, json }: Place): SagaSnapshot {
  const known = definition.states.get(state);
  if (known === undefined) throw new UnknownStateError(definition, state);
  const place = { saga: definition.name, state, schema: known.schema };
  return { state, data: checkedData(place, JSON.parse(json)) };
}
