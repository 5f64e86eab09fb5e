import {
  InvalidOptionError,
  integerOption,
  type Message,
  type OutgoingMessage,
  quoted,
  stringOption,
} from '@holdfast/core';
import { RepeatedTransaction } from '@holdfast/sql';
import type { SagaInput } from '../decide/saga-input.ts';
import { ActionRefusedError } from '../errors/action-refused-error.ts';
import { InstanceNotFoundError } from '../errors/instance-not-found-error.ts';
import { asReceived } from '../runtime/as-received.ts';
import type { LiveInstance } from '../runtime/live-instance.ts';
import type { SagaParts } from '../runtime/saga-parts.ts';
import type { HistoryEntry } from '../store/history-entry.ts';
import { type SagaId, sagaIdText } from '../store/saga-id.ts';
import type { ActionPreview, ActionReport, OperatorRequest, ReportedTransition } from './operator-request.ts';
import { takenInputs } from './taken-inputs.ts';

const FORCED_SOURCE = '/operator';

/** What a person wants to happen: an action of the definition, or an event. */
export type ActionOrEvent = { readonly action: string } | { readonly message: Message | OutgoingMessage };

/** Does what persons want with instances, each in a transaction of its own. */
export class OperatorActions<Tx> {
  readonly #parts: SagaParts<Tx>;
  readonly #repeated: RepeatedTransaction<Tx>;

  constructor(parts: SagaParts<Tx>) {
    this.#parts = parts;
    this.#repeated = new RepeatedTransaction(parts);
  }

  async take(id: SagaId, wanted: ActionOrEvent, request: OperatorRequest): Promise<ActionReport> {
    const { report } = this.#parts;
    const given = this.#checked(id, wanted, request);
    const signal = request.signal ?? new AbortController().signal;
    const { result } = await report.inSpan('act', { sagas: [id.saga], inputs: 1 }, () =>
      this.#repeated.run((tx) => this.#take(tx, id, given), signal),
    );
    return result;
  }

  /** Reads without locks and writes nothing. */
  async preview(id: SagaId, wanted: ActionOrEvent): Promise<ActionPreview> {
    const { store, transactions, sagas, definitions } = this.#parts;
    const given = this.#checked(id, wanted, { actor: 'preview', reason: 'preview' });
    const stored = await store.queries.find(transactions, id);
    const waiting = stored === null ? [] : await store.instances.parked(transactions, [id]);
    const instance = sagas.live(id, { stored, parked: waiting.map(({ event }) => event) });
    const takes = takenInputs(definitions.version(id.saga, instance.definitionVersion), instance.state);
    const { state } = instance;
    if (state === null && 'action' in wanted) throw new InstanceNotFoundError(id);
    const isTaken = instance.take(this.#inputOf(instance, given)).kind === 'moved';
    const write = instance.write();
    return {
      ...id,
      isTaken,
      state,
      transitions: instance.transitions.map(({ entry }) => reported(entry)),
      schedule: write?.schedule ?? [],
      cancel: write?.cancel ?? [],
      takes,
    };
  }

  async #take(tx: Tx, id: SagaId, given: Given): Promise<ActionReport> {
    const { sagas } = this.#parts;
    const instance = (await sagas.load(tx, [id])).get(sagaIdText(id));
    if (instance === undefined || (!instance.exists && 'action' in given.wanted)) throw new InstanceNotFoundError(id);
    const before = await this.#before(tx, instance, given);
    if (before !== null) return before;
    const decision = instance.take(this.#inputOf(instance, given));
    if (decision.kind !== 'moved') throw this.#refused(instance, given, whyNot(decision.kind));
    await sagas.write(tx, [instance]);
    return { ...id, transitions: instance.transitions.map(({ entry }) => reported(entry)), isRepeat: false };
  }

  /** The instance is locked, so what its history does not tell has not happened, and does not happen elsewhere. */
  async #before(tx: Tx, instance: LiveInstance, given: Given): Promise<ActionReport | null> {
    const { store, transactions } = this.#parts;
    const history = instance.exists ? await store.queries.history(transactions.executor(tx), instance.id) : [];
    const taken = history.find((entry) => isSame(entry, given));
    if (taken !== undefined) {
      if (taken.name === nameOf(given.wanted))
        return { ...instance.id, transitions: [reported(taken)], isRepeat: true };
      throw this.#refused(instance, given, `the id ${quoted(given.id)} was given to ${quoted(taken.name)} before`);
    }
    const transitions = history.at(-1)?.number ?? 0;
    if (given.ifTransitions === undefined || given.ifTransitions === transitions) return null;
    throw this.#refused(
      instance,
      given,
      `it has ${transitions} transitions now, and not ${given.ifTransitions} as when it was looked at`,
    );
  }

  #checked(id: SagaId, wanted: ActionOrEvent, request: OperatorRequest): Given {
    const { definitions, ids } = this.#parts;
    definitions.newest(id.saga);
    const { id: named = ids.next(), ifTransitions } = request;
    const own = 'message' in wanted ? wanted.message.id : undefined;
    return {
      wanted: 'action' in wanted ? { action: stringOption('action', wanted.action, { maxBytes: 200 }) } : wanted,
      actor: stringOption('actor', request.actor, { maxBytes: 200 }),
      reason: stringOption('reason', request.reason, { maxBytes: 2_000 }),
      id: stringOption('id', own ?? named, { maxBytes: 400 }),
      ifTransitions:
        ifTransitions === undefined ? undefined : integerOption('ifTransitions', ifTransitions, { min: 0 }),
    };
  }

  #inputOf(instance: LiveInstance, given: Given): SagaInput {
    const { wanted, actor, reason, id } = given;
    if ('action' in wanted) return { kind: 'operator', action: wanted.action, actor, reason, id };
    const { definitions, clock } = this.#parts;
    const definition = definitions.version(instance.id.saga, instance.definitionVersion);
    const name = definition.eventName(wanted.message.type);
    const event = name === undefined ? undefined : definition.events.get(name);
    if (name === undefined || event === undefined) {
      throw this.#refused(instance, given, 'its definition does not declare that event');
    }
    const message = asReceived(wanted.message, { event, id, source: FORCED_SOURCE, now: clock.now() });
    const key = definition.keyOf(message);
    if (key !== instance.id.key) {
      throw new InvalidOptionError('message', key, `an event of instance ${quoted(instance.id.key)}`);
    }
    return { kind: 'event', name, message, forcedBy: { actor, reason } };
  }

  #refused(instance: LiveInstance, { wanted }: Given, why: string): ActionRefusedError {
    const definition = this.#parts.definitions.version(instance.id.saga, instance.definitionVersion);
    const { actions, events } = takenInputs(definition, instance.state);
    const what = 'action' in wanted ? `action ${quoted(wanted.action)}` : `event ${quoted(wanted.message.type)}`;
    return new ActionRefusedError({ ...instance.id, state: instance.state, what, why, actions, events });
  }
}

interface Given {
  readonly wanted: ActionOrEvent;
  readonly actor: string;
  readonly reason: string;
  readonly id: string;
  readonly ifTransitions: number | undefined;
}

function nameOf(wanted: ActionOrEvent): string {
  return 'action' in wanted ? wanted.action : wanted.message.type;
}

/** Whether the history tells of an action of this id: it was committed, and only its answer was lost, or somebody asks for it again. */
function isSame({ cause, messageId, messageSource }: HistoryEntry, { wanted, id }: Given): boolean {
  if (messageId !== id) return false;
  if (cause === 'operator') return true;
  return 'message' in wanted && 'source' in wanted.message && messageSource === wanted.message.source;
}

function whyNot(kind: 'ignored' | 'parked' | 'failed' | 'stale' | 'refused'): string {
  if (kind === 'ignored') return 'the state ignores it, or its guards do not hold';
  if (kind === 'parked') return 'the state would only park it';
  return 'the state does not take it, or its guards do not hold';
}

function reported(entry: HistoryEntry): ReportedTransition {
  const { number, cause, name, from, to, label } = entry;
  return { number, cause, name, from, to, label, changes: JSON.parse(entry.changes), sent: JSON.parse(entry.sent) };
}
