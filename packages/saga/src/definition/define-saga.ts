import { integerOption, type Message, stringOption } from '@holdfast/core';
import { InvalidSagaError } from '../errors/invalid-saga-error.ts';
import { UncorrelatedEventError } from '../errors/uncorrelated-event-error.ts';
import { definitionProblems } from './definition-problems.ts';
import { type LooseSpec, type LooseTransition, listOf, startTransitionOf, transitionOf } from './loose-spec.ts';
import type { SagaDefinition, StateDefinition, TimerReaction, TransitionDefinition } from './saga-definition.ts';
import type { EventMap, SagaSpec, StateMap, UnexpectedPolicy } from './saga-spec.ts';

const MAX_KEY_LENGTH = 200;
const YEAR_MS = 365 * 86_400_000;

/**
 * Defines a saga: which events move an instance from which state to which, what is sent on the way, and which timers run. The result
 * is data; nothing runs yet.
 * @throws InvalidSagaError that names every contradiction; InvalidOptionError
 */
export function defineSaga<
  const Events extends EventMap,
  const States extends StateMap,
  const Commands extends EventMap = Readonly<Record<never, never>>,
  const Timers extends string = never,
>(
  spec: SagaSpec<Events, Commands, States, Timers>,
): SagaDefinition<{ events: Events; commands: Commands; states: States; timers: Timers }> {
  return new DefinedSaga(spec as unknown as LooseSpec) as SagaDefinition as SagaDefinition<{
    events: Events;
    commands: Commands;
    states: States;
    timers: Timers;
  }>;
}

class DefinedSaga implements SagaDefinition {
  readonly name: string;
  readonly version: number;
  readonly events: SagaDefinition['events'];
  readonly commands: SagaDefinition['commands'];
  readonly states: ReadonlyMap<string, StateDefinition>;
  readonly timers: readonly string[];
  readonly start: ReadonlyMap<string, readonly TransitionDefinition[]>;
  readonly unmatched: UnexpectedPolicy;
  readonly retentionMs: number;
  readonly redact: readonly string[];
  readonly steps: SagaDefinition['steps'];
  readonly #key: LooseSpec['key'];
  readonly #names: ReadonlyMap<string, string>;

  constructor(spec: LooseSpec) {
    this.name = stringOption('name', spec.name, {
      maxBytes: 64,
      pattern: /^[a-z][a-z0-9_.-]*$/,
      allowed: 'lower-case letters, digits, "_", "." and "-"',
    });
    const problems = definitionProblems(spec);
    if (problems.length > 0) throw new InvalidSagaError(this.name, problems);
    this.version = integerOption('version', spec.version, { min: 1, max: 1_000_000, default: 1 });
    this.retentionMs = integerOption('retentionMs', spec.retentionMs, { min: 0, max: 100 * YEAR_MS });
    this.events = new Map(Object.entries(spec.events));
    this.commands = new Map(Object.entries(spec.commands ?? {}));
    this.timers = [...(spec.timers ?? [])];
    this.unmatched = spec.unmatched;
    this.redact = [...(spec.redact ?? [])];
    this.steps = spec.steps ?? [];
    this.#key = spec.key;
    this.#names = new Map([...this.events].map(([name, event]) => [event.type, name]));
    this.start = transitionsByName(spec.start, startTransitionOf);
    this.states = new Map(Object.keys(spec.states).map((name) => [name, stateOf(name, spec)]));
  }

  eventName(type: string): string | undefined {
    return this.#names.get(type);
  }

  keyOf(message: Message): string {
    const key = this.#correlate(message);
    if (
      typeof key === 'string' &&
      key !== '' &&
      key.length <= MAX_KEY_LENGTH &&
      !key.includes('\u0000') &&
      key.isWellFormed()
    ) {
      return key;
    }
    throw new UncorrelatedEventError(this.name, message.type);
  }

  #correlate(message: Message): unknown {
    const correlate = this.#key?.[this.#names.get(message.type) ?? ''];
    if (correlate === undefined) return message.key;
    try {
      return correlate(message);
    } catch (cause) {
      throw new UncorrelatedEventError(this.name, message.type, { cause });
    }
  }
}

function stateOf(name: string, spec: LooseSpec): StateDefinition {
  const { events = {}, timers = {}, operator = {}, unexpected } = spec.on[name] ?? {};
  const state = spec.states[name];
  return {
    name,
    kind: state?.kind ?? 'active',
    schema: state?.schema,
    events: transitionsByName(events),
    timers: new Map(Object.entries(timers).map(([timer, reaction]) => [timer, timerReaction(reaction)])),
    operator: transitionsByName(operator),
    unexpected: new Map(
      Object.keys(spec.events).map((event) => [event, policyOf(event, unexpected) ?? defaultPolicy(event, spec)]),
    ),
  };
}

/** What begins an instance comes again as a matter of course (S7). */
function defaultPolicy(event: string, { start, unexpected }: LooseSpec): UnexpectedPolicy {
  return Object.hasOwn(start, event) ? 'ignore' : unexpected;
}

function policyOf(
  event: string,
  unexpected: UnexpectedPolicy | Readonly<Record<string, UnexpectedPolicy>> | undefined,
): UnexpectedPolicy | undefined {
  return typeof unexpected === 'object' ? unexpected[event] : unexpected;
}

function transitionsByName(
  map: Readonly<Record<string, LooseTransition | readonly LooseTransition[] | undefined>>,
  definitionOf: (transition: LooseTransition) => TransitionDefinition = transitionOf,
): ReadonlyMap<string, readonly TransitionDefinition[]> {
  const entries = Object.entries(map).flatMap(([name, transitions]) =>
    transitions === undefined ? [] : [[name, listOf(transitions).map(definitionOf)] as const],
  );
  return new Map(entries);
}

function timerReaction(reaction: NonNullable<NonNullable<LooseSpec['on'][string]>['timers']>[string]): TimerReaction {
  if (!Array.isArray(reaction) && 'take' in reaction) {
    return { afterMs: reaction.afterMs, transitions: listOf(reaction.take).map(transitionOf) };
  }
  return { afterMs: null, transitions: listOf(reaction as LooseTransition).map(transitionOf) };
}
