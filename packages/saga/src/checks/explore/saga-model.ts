import { quoted, SchemaValidationError, summarizeError } from '@holdfast/core';
import { checkedData } from '../../decide/checked-data.ts';
import { decide } from '../../decide/decide.ts';
import type { Decision, Moved, SagaSnapshot } from '../../decide/decision.ts';
import { frozen } from '../../decide/frozen.ts';
import { offerParked } from '../../decide/offer-parked.ts';
import type { SagaInput } from '../../decide/saga-input.ts';
import type { SagaDefinition } from '../../definition/saga-definition.ts';
import { SagaDataError } from '../../errors/saga-data-error.ts';
import { UnknownResultError } from '../../errors/unknown-result-error.ts';
import { canonicalJson, frozenJson } from './canonical-json.ts';
import { Interner } from './interner.ts';
import type { ModelMessages } from './model-messages.ts';
import { builtIn, type Problem } from './problem.ts';

/** An instance between two transactions. */
export interface ModelInstance {
  readonly snapshot: SagaSnapshot | null;
  /** Numbers of parked events, the oldest first. */
  readonly parked: readonly number[];
  /** Those that are set, sorted. */
  readonly timers: readonly string[];
  readonly steps: Map<string, SagaStep>;
}

/** What an input makes of an instance. */
export interface SagaStep {
  /** The instance afterwards. */
  readonly next: number;
  readonly outcome: Decision['kind'];
  /** One, or more when parked events were released. */
  readonly moves: readonly Moved[];
  /** Numbers of commands that somebody takes. */
  readonly sent: readonly number[];
  readonly problem: Problem | null;
}

export type ModelInput =
  | { readonly kind: 'event'; readonly message: number }
  | { readonly kind: 'timer'; readonly timer: string }
  | { readonly kind: 'operator'; readonly action: string };

export interface SagaModelOptions {
  readonly definition: SagaDefinition;
  readonly messages: ModelMessages;
  /** The commands that somebody takes. */
  readonly commands: ReadonlySet<string>;
  readonly now: number;
}

/** What one instance does, by {@link decide} and as the runtime does it. Each step is computed once: it depends on nothing else. */
export class SagaModel {
  readonly #options: SagaModelOptions;
  readonly #instances = new Interner<ModelInstance>();
  /** There is no instance yet. */
  readonly none: number;

  constructor(options: SagaModelOptions) {
    this.#options = options;
    this.none = this.#numberOf({ snapshot: null, parked: [], timers: [] });
  }

  instance(number: number): ModelInstance {
    return this.#instances.value(number);
  }

  /** States that some instance is in. */
  reached(): ReadonlySet<string> {
    return new Set(this.#instances.all().flatMap(({ snapshot }) => snapshot?.state ?? []));
  }

  step(instance: number, input: ModelInput): SagaStep {
    const { steps } = this.instance(instance);
    const text = input.kind === 'event' ? String(input.message) : `${input.kind} ${nameOf(input)}`;
    const known = steps.get(text);
    if (known !== undefined) return known;
    const step = this.#compute(instance, input);
    steps.set(text, step);
    return step;
  }

  #compute(number: number, input: ModelInput): SagaStep {
    const transaction = new ModelTransaction(this.#options, this.instance(number));
    try {
      const outcome = transaction.take(input);
      const next = this.#numberOf(transaction.after());
      const problem = outcome === 'failed' ? this.#refused(number, input) : null;
      return { next, outcome, moves: transaction.moves, sent: transaction.sent(), problem };
    } catch (error) {
      // A person is told what to do instead: no fault of the definition.
      if (error instanceof UnknownResultError) {
        return { next: number, outcome: 'refused', moves: [], sent: [], problem: null };
      }
      const property = isAboutData(error) ? builtIn.dataFits : builtIn.noThrow;
      const problem = { property, detail: summarizeError(error) };
      return { next: number, outcome: 'failed', moves: transaction.moves, sent: [], problem };
    }
  }

  #refused(number: number, input: ModelInput): Problem {
    const { snapshot } = this.instance(number);
    const place = snapshot === null ? 'there is no instance' : `state ${quoted(snapshot.state)} refuses it`;
    const name = input.kind === 'event' ? this.#options.messages.get(input.message).name : nameOf(input);
    return { property: builtIn.noneRefused, detail: `${quoted(name)}: ${place}` };
  }

  #numberOf({ snapshot, parked, timers }: Omit<ModelInstance, 'steps'>): number {
    const data = canonicalJson(snapshot?.data);
    const text = JSON.stringify([snapshot?.state ?? null, data, parked, timers]);
    return this.#instances.numberOf(text, () => ({
      snapshot: snapshot === null ? null : this.#loaded(snapshot.state, data),
      parked,
      timers,
      steps: new Map(),
    }));
  }

  /** As the next transaction finds it. */
  #loaded(state: string, json: string): SagaSnapshot {
    const { definition } = this.#options;
    const schema = definition.states.get(state)?.schema;
    return { state, data: frozen(checkedData({ saga: definition.name, state, schema }, frozenJson(json))) };
  }
}

/** One transaction of an instance. */
class ModelTransaction {
  readonly moves: Moved[] = [];
  readonly #options: SagaModelOptions;
  readonly #timers: Set<string>;
  #snapshot: SagaSnapshot | null;
  #parked: readonly number[];

  constructor(options: SagaModelOptions, { snapshot, parked, timers }: ModelInstance) {
    this.#options = options;
    this.#snapshot = snapshot;
    this.#parked = parked;
    this.#timers = new Set(timers);
  }

  take(input: ModelInput): Decision['kind'] {
    const kind = this.#offer(this.#inputOf(input));
    if (kind === 'moved') {
      this.#parked = offerParked(this.#parked, (message) => this.#offer(this.#inputOf({ kind: 'event', message })));
    } else if (kind === 'parked' && input.kind === 'event') {
      this.#parked = [...this.#parked, input.message];
    } else if (input.kind === 'timer') {
      this.#timers.delete(input.timer);
    }
    return kind;
  }

  after(): Omit<ModelInstance, 'steps'> {
    return { snapshot: this.#snapshot, parked: this.#parked, timers: [...this.#timers].sort() };
  }

  sent(): readonly number[] {
    const { messages, commands } = this.#options;
    const sent = this.moves.flatMap((move) => move.sent).filter(({ name }) => commands.has(name));
    return sent.map(({ name, message }) => messages.command(name, message));
  }

  #offer(input: SagaInput): Decision['kind'] {
    const { definition, messages, now } = this.#options;
    const decision = decide(definition, this.#snapshot, { input, context: { key: messages.key, now } });
    if (decision.kind === 'moved') {
      this.moves.push(decision);
      this.#snapshot = { state: decision.to, data: frozen(decision.data) };
      for (const timer of decision.cancel) this.#timers.delete(timer);
      for (const { timer } of decision.schedule) this.#timers.add(timer);
    }
    return decision.kind;
  }

  #inputOf(input: ModelInput): SagaInput {
    if (input.kind === 'timer') return input;
    if (input.kind === 'operator') return { ...input, actor: 'a person', reason: 'explored' };
    const { name, message } = this.#options.messages.get(input.message);
    return { kind: 'event', name, message };
  }
}

function nameOf(input: Exclude<ModelInput, { readonly kind: 'event' }>): string {
  return input.kind === 'timer' ? input.timer : input.action;
}

function isAboutData(error: unknown): boolean {
  return error instanceof SagaDataError || error instanceof SchemaValidationError;
}
