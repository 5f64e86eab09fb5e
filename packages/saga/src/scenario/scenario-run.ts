import type { Message, OutgoingMessage } from '@holdfast/core';
import type { Decision, SentCommand } from '../decide/decision.ts';
import { placed } from '../decide/placed.ts';
import type { SagaInput } from '../decide/saga-input.ts';
import type { SagaDefinition } from '../definition/saga-definition.ts';
import { ScenarioError } from '../errors/scenario-error.ts';
import { UnexpectedEventError } from '../errors/unexpected-event-error.ts';
import { takenInputs } from '../operations/taken-inputs.ts';
import { asReceived } from '../runtime/as-received.ts';
import { LiveInstance, type TakenTransition } from '../runtime/live-instance.ts';
import type { ParkedEvent } from '../store/parked-event.ts';
import type { SagaWrite } from '../store/saga-write.ts';
import type { StoredSaga } from '../store/stored-saga.ts';
import type { ScenarioOutcome } from './scenario-input.ts';

const MAX_DATA_BYTES = 64 * 1_048_576;
const NO_KEY = 'instance';

/** What is to come, at a time: a timer, or an answer. */
export interface Coming {
  readonly dueAt: number;
  readonly timer: string | null;
  readonly event: Message | OutgoingMessage | null;
}

export interface ScenarioSituation {
  readonly key: string | null;
  readonly now: number;
  readonly stored: StoredSaga | null;
  readonly parked: readonly ParkedEvent[];
  /** In the order in which they were set. */
  readonly coming: readonly Coming[];
  readonly handled: readonly string[];
  readonly messages: number;
  readonly sent: readonly SentCommand[];
  readonly outcome: ScenarioOutcome | null;
  readonly trace: readonly string[];
}

/** `dueAt` counts from when the command is sent. */
export type AnswersByCommand = ReadonlyMap<string, (data: unknown) => readonly Coming[]>;

/** Steps through a definition as its runtime does, with the same instances, and without a database. Keeps nothing: situations go in and come out. */
export class ScenarioRun {
  readonly definition: SagaDefinition;
  readonly #answers: AnswersByCommand;

  constructor(definition: SagaDefinition, answers: AnswersByCommand) {
    this.definition = definition;
    this.#answers = answers;
  }

  /** @throws ScenarioError when there is an instance already; UnknownStateError, SagaDataError */
  placed(situation: ScenarioSituation, state: string, data: unknown): ScenarioSituation {
    if (situation.stored !== null) throw this.error(situation, `"at" begins an instance, and there is one already`);
    const context = { key: situation.key ?? NO_KEY, now: situation.now };
    const move = placed(this.definition, { from: null, to: state, data, context });
    return this.#step(situation, 'given', (instance) => {
      instance.replace(move, { cause: 'migration', name: 'given', messageId: null, actor: null, reason: null });
      return 'moved';
    });
  }

  /** A message arrives. @throws ScenarioError when it cannot be one of this instance's */
  event(situation: ScenarioSituation, given: Message | OutgoingMessage): ScenarioSituation {
    const name = this.definition.eventName(given.type);
    const event = name === undefined ? undefined : this.definition.events.get(name);
    if (name === undefined || event === undefined) {
      const known = [...this.definition.events.values()].map(({ type }) => type).join(', ');
      throw this.error(situation, `event "${given.type}" is not one of the saga's: ${known}`);
    }
    const messages = situation.messages + 1;
    const message = asReceived(given, {
      event,
      id: `message-${messages}`,
      source: '/scenario',
      now: situation.now,
    });
    const key = this.#keyOf(situation, message);
    const identity = JSON.stringify([message.source, message.id]);
    const next = { ...situation, key, messages };
    if (situation.handled.includes(identity)) return ended(next, 'duplicate', `event ${name}: a duplicate`);
    const arrived = this.#step(next, `event ${name}`, (instance) => offered(instance, message));
    // The inbox records what was handled; what failed was rolled back with its record.
    return arrived.outcome === 'failed' ? arrived : { ...arrived, handled: [...arrived.handled, identity] };
  }

  /** A timer runs out; one that is set for later runs out then. @throws ScenarioError when it is not set */
  timer(situation: ScenarioSituation, timer: string): ScenarioSituation {
    const set = situation.coming.find((coming) => coming.timer === timer);
    if (set === undefined) {
      throw this.error(situation, `timer "${timer}" is not set, so it cannot run out; set are: ${namesOf(situation)}`);
    }
    return this.#runOut({ ...situation, now: Math.max(situation.now, set.dueAt) }, timer);
  }

  act(situation: ScenarioSituation, input: Extract<SagaInput, { readonly kind: 'operator' }>): ScenarioSituation {
    const after = this.#step(situation, `action ${input.action}`, (instance) => instance.take(input).kind);
    if (after.outcome !== 'refused') return after;
    const state = situation.stored?.state ?? null;
    const { actions } = takenInputs(this.definition, state);
    const takes = actions.length === 0 ? 'takes no action' : `takes ${actions.join(', ')}`;
    const why = `, by ${state ?? 'no instance'}, which ${takes}${actions.includes(input.action) ? ', and its guard does not hold' : ''}`;
    return { ...after, trace: [...situation.trace, `action ${input.action}: refused${why}`] };
  }

  /** The next timer or answer that is due until then; `null`: there is none. */
  next(situation: ScenarioSituation, until: number): ScenarioSituation | null {
    const due = situation.coming.filter(({ dueAt }) => dueAt <= until).sort((a, b) => a.dueAt - b.dueAt);
    const [first] = due;
    if (first === undefined) return null;
    const then = { ...situation, now: Math.max(situation.now, first.dueAt) };
    if (first.timer !== null) return this.#runOut(then, first.timer);
    const rest = { ...then, coming: then.coming.filter((coming) => coming !== first) };
    return first.event === null ? rest : this.event(rest, first.event);
  }

  error(situation: ScenarioSituation, ...differences: readonly string[]): ScenarioError {
    return new ScenarioError(this.definition.name, differences, situation.trace);
  }

  #runOut(situation: ScenarioSituation, timer: string): ScenarioSituation {
    const coming = situation.coming.filter((one) => one.timer !== timer);
    return this.#step({ ...situation, coming }, `timer ${timer}`, (instance) => {
      return instance.take({ kind: 'timer', timer }).kind;
    });
  }

  #keyOf(situation: ScenarioSituation, message: Message): string {
    const key = this.definition.keyOf(message);
    if (situation.key === null || situation.key === key) return key;
    throw this.error(
      situation,
      `event "${message.type}" belongs to instance "${key}", and the scenario is about "${situation.key}"`,
    );
  }

  #step(
    situation: ScenarioSituation,
    what: string,
    take: (instance: LiveInstance) => ScenarioOutcome,
  ): ScenarioSituation {
    const { stored, parked, now } = situation;
    let ids = situation.sent.length;
    const instance = new LiveInstance({
      id: { saga: this.definition.name, key: situation.key ?? NO_KEY },
      definition: this.definition,
      stored,
      parked,
      now,
      nextId: () => `sent-${situation.messages}-${++ids}`,
      maxDataBytes: MAX_DATA_BYTES,
      maxParked: Number.MAX_SAFE_INTEGER,
    });
    const outcome = take(instance);
    for (const { error } of instance.parkedFailures) {
      // A runtime leaves such an event parked and tells about it; a test of the definition wants to see it.
      if (!(error instanceof UnexpectedEventError)) throw error;
    }
    const write = instance.write();
    const sent = instance.transitions.flatMap(({ move }) => move.sent);
    return {
      ...situation,
      stored: write ?? stored,
      parked: stillParked(parked, write?.park ?? instance.unmatched(), write?.release ?? []),
      coming: [...changedTimers(situation, write), ...this.#answersTo(sent, now)],
      sent: [...situation.sent, ...sent],
      outcome,
      trace: [...situation.trace, ...traceOf(what, outcome, instance.transitions)],
    };
  }

  #answersTo(sent: readonly SentCommand[], now: number): readonly Coming[] {
    return sent.flatMap(({ name, message }) => {
      const answers = this.#answers.get(name)?.(message.data) ?? [];
      return answers.map((answer) => ({ ...answer, dueAt: now + answer.dueAt }));
    });
  }
}

function offered(instance: LiveInstance, message: Message): Decision['kind'] {
  try {
    return instance.offer(message).kind;
  } catch (error) {
    if (error instanceof UnexpectedEventError) return 'failed';
    throw error;
  }
}

function ended(situation: ScenarioSituation, outcome: ScenarioOutcome, line: string): ScenarioSituation {
  return { ...situation, outcome, trace: [...situation.trace, line] };
}

function stillParked(
  before: readonly ParkedEvent[],
  park: readonly ParkedEvent[],
  release: SagaWrite['release'],
): readonly ParkedEvent[] {
  return [...before, ...park].filter(
    ({ source, id }) => !release.some((released) => released.source === source && released.id === id),
  );
}

function changedTimers({ coming, now }: ScenarioSituation, write: SagaWrite | null): readonly Coming[] {
  if (write === null) return coming;
  const ended = new Set([...write.cancel, ...write.schedule.map(({ timer }) => timer)]);
  return [
    ...coming.filter(({ timer }) => timer === null || !ended.has(timer)),
    ...write.schedule.map(({ timer, afterMs }) => ({ timer, event: null, dueAt: now + afterMs })),
  ];
}

function traceOf(what: string, outcome: ScenarioOutcome, transitions: readonly TakenTransition[]): readonly string[] {
  if (transitions.length === 0) return [`${what}: ${outcome}`];
  return transitions.map(({ move, entry }, index) => {
    const by = index === 0 ? what : `${entry.cause} ${entry.name}, which was parked`;
    const label = move.label === null ? '' : ` [${move.label}]`;
    const sent = move.sent.length === 0 ? '' : `, sent ${move.sent.map(({ name }) => name).join(', ')}`;
    return `${by}: ${move.from ?? 'nothing'} → ${move.to}${label}${sent}`;
  });
}

function namesOf({ coming }: ScenarioSituation): string {
  const names = coming.flatMap(({ timer }) => timer ?? []);
  return names.length === 0 ? 'none' : names.join(', ');
}
