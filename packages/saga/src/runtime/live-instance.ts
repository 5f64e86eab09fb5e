import type { Message, OutgoingMessage } from '@holdfast/core';
import { checkedData } from '../decide/checked-data.ts';
import { decide } from '../decide/decide.ts';
import type { Decision, Moved, SagaSnapshot } from '../decide/decision.ts';
import { offerParked } from '../decide/offer-parked.ts';
import type { SagaInput } from '../decide/saga-input.ts';
import type { SagaDefinition } from '../definition/saga-definition.ts';
import { SagaDataTooLargeError } from '../errors/saga-data-too-large-error.ts';
import { UnexpectedEventError } from '../errors/unexpected-event-error.ts';
import { UnknownStateError } from '../errors/unknown-state-error.ts';
import type { HistoryEntry } from '../store/history-entry.ts';
import type { ParkedEvent } from '../store/parked-event.ts';
import type { SagaId } from '../store/saga-id.ts';
import type { SagaWrite } from '../store/saga-write.ts';
import type { StoredSaga } from '../store/stored-saga.ts';
import { dataChanges } from './data-change.ts';
import { parkedMessage, unparkedMessage } from './parked-message.ts';

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
}

/** One transition that was taken, as it is told about. */
export interface TakenTransition {
  readonly id: SagaId;
  readonly definitionVersion: number;
  readonly move: Moved;
  readonly entry: HistoryEntry;
}

/** An instance within one transaction: it takes inputs one after another, and tells in the end what there is to write. Touches no database. */
export class LiveInstance {
  readonly id: SagaId;
  readonly transitions: TakenTransition[] = [];
  readonly sent: OutgoingMessage[] = [];
  readonly #options: LiveInstanceOptions;
  readonly #definition: SagaDefinition;
  #snapshot: SagaSnapshot | null;
  #correlationId: string;
  #waiting: readonly ParkedEvent[];
  readonly #newlyParked: ParkedEvent[] = [];
  readonly #released: ParkedEvent[] = [];
  /** What becomes of each timer: its delay, or `null` when it is cancelled. */
  readonly #timers = new Map<string, number | null>();

  /** @throws UnknownStateError, SagaDataError */
  constructor(options: LiveInstanceOptions) {
    const { id, definition, stored, parked } = options;
    this.id = id;
    this.#options = options;
    this.#definition = definition;
    this.#snapshot = stored === null ? null : loaded(definition, stored);
    this.#correlationId = stored?.correlationId ?? '';
    this.#waiting = parked;
  }

  get exists(): boolean {
    return this.#snapshot !== null;
  }

  /** Takes an event, or parks it. @throws UnexpectedEventError, and what {@link decide} throws */
  offer(message: Message): Decision {
    const name = this.#definition.eventName(message.type);
    const decision: Decision = name === undefined ? { kind: 'failed' } : this.take({ kind: 'event', name, message });
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
  replace(move: Moved, entry: Pick<HistoryEntry, 'cause' | 'name' | 'actor' | 'reason'>): void {
    this.#apply(move, { ...entry, messageSource: null, messageId: null });
  }

  /** What there is to write, or `null`. @throws SagaDataTooLargeError */
  write(): SagaWrite | null {
    const { stored } = this.#options;
    const isUnchanged = this.transitions.length === 0 && this.#newlyParked.length === 0;
    if (isUnchanged || this.#snapshot === null) return null;
    const state = this.#definition.states.get(this.#snapshot.state);
    const kind = state?.kind ?? 'active';
    const timers = [...this.#timers];
    return {
      ...this.id,
      expectedVersion: stored?.version ?? null,
      definitionVersion: this.#definition.version,
      state: this.#snapshot.state,
      kind,
      data: this.#json(this.#snapshot.data),
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
    return this.#snapshot === null ? this.#newlyParked : [];
  }

  #decide(input: SagaInput): Decision {
    const context = { key: this.id.key, now: this.#options.now };
    return decide(this.#definition, this.#snapshot, { input, context });
  }

  #takeParked(): void {
    this.#waiting = offerParked(this.#waiting, (parked) => this.#takeOneParked(parked));
  }

  #takeOneParked(parked: ParkedEvent): Decision['kind'] {
    const name = this.#definition.eventName(parked.type);
    const event = name === undefined ? undefined : this.#definition.events.get(name);
    if (name === undefined || event === undefined) return 'parked';
    const input: SagaInput = { kind: 'event', name, message: unparkedMessage(parked, event) };
    const decision = this.#decide(input);
    if (decision.kind === 'moved' || decision.kind === 'ignored') this.#release(parked);
    if (decision.kind === 'moved') this.#move(decision, input);
    return decision.kind;
  }

  #park(event: ParkedEvent): void {
    this.#waiting = [...this.#waiting, event];
    this.#newlyParked.push(event);
  }

  #release(event: ParkedEvent): void {
    const fresh = this.#newlyParked.indexOf(event);
    if (fresh === -1) this.#released.push(event);
    else this.#newlyParked.splice(fresh, 1);
  }

  #move(move: Moved, input: SagaInput): void {
    if (input.kind === 'event') {
      const { id, source, type, attributes } = input.message;
      if (move.from === null) this.#correlationId = attributes['correlationid'] ?? id;
      this.#apply(move, {
        cause: 'event',
        name: type,
        messageSource: source,
        messageId: id,
        actor: null,
        reason: null,
      });
      return;
    }
    const named =
      input.kind === 'timer'
        ? ({ cause: 'timer', name: input.timer, actor: null, reason: null } as const)
        : ({ cause: 'operator', name: input.action, actor: input.actor, reason: input.reason } as const);
    this.#apply(move, { ...named, messageSource: null, messageId: null });
  }

  #apply(
    move: Moved,
    cause: Pick<HistoryEntry, 'cause' | 'name' | 'messageSource' | 'messageId' | 'actor' | 'reason'>,
  ): void {
    const before = this.#snapshot?.data;
    const sent = move.sent.map(({ message }) => this.#addressed(message, cause.messageId));
    this.#snapshot = { state: move.to, data: move.data };
    this.sent.push(...sent);
    for (const timer of move.cancel) this.#timers.set(timer, null);
    for (const { timer, afterMs } of move.schedule) this.#timers.set(timer, afterMs);
    const number = (this.#options.stored?.transitions ?? 0) + this.transitions.length + 1;
    const changes = dataChanges(plain(before), plain(move.data), this.#definition.redact);
    const entry: HistoryEntry = {
      ...cause,
      number,
      from: move.from,
      to: move.to,
      label: move.label,
      changes: JSON.stringify(changes),
      sent: JSON.stringify(sent.map(({ type, id }) => ({ type, id }))),
    };
    this.transitions.push({ id: this.id, definitionVersion: this.#definition.version, move, entry });
  }

  /** Left to itself, a message belongs to the instance's workflow, and is caused by the event. */
  #addressed(message: OutgoingMessage, causedBy: string | null): OutgoingMessage {
    const { id = this.#options.nextId(), correlationId = this.#correlationId } = message;
    const causationId = message.causationId ?? causedBy;
    return { ...message, id, correlationId, ...(causationId !== null && { causationId }) };
  }

  #json(data: unknown): string {
    const json = JSON.stringify(data) ?? 'null';
    const { maxDataBytes } = this.#options;
    const bytes = Buffer.byteLength(json);
    if (bytes > maxDataBytes) throw new SagaDataTooLargeError(this.id, { bytes, maxBytes: maxDataBytes });
    return json;
  }

  #unexpected({ type }: Message): UnexpectedEventError {
    return new UnexpectedEventError({ ...this.id, type, state: this.#snapshot?.state ?? null });
  }
}

function loaded(definition: SagaDefinition, { state, data }: StoredSaga): SagaSnapshot {
  const known = definition.states.get(state);
  if (known === undefined) throw new UnknownStateError(definition, state);
  const place = { saga: definition.name, state, schema: known.schema };
  return { state, data: checkedData(place, JSON.parse(data)) };
}

/** As it is stored: a date is a text there. */
function plain(data: unknown): unknown {
  const json = JSON.stringify(data);
  return json === undefined ? undefined : JSON.parse(json);
}
