import { integerOption, type Message, type OutgoingMessage, stringOption } from '@holdfast/core';
import type { SagaDefinition } from '../definition/saga-definition.ts';
import type { SagaNames, StateData } from '../definition/saga-spec.ts';
import { type LooseExpectation, scenarioDifferences } from './scenario-differences.ts';
import type {
  NameOf,
  ScenarioAction,
  ScenarioAnswers,
  ScenarioExpectation,
  ScenarioInput,
  ScenarioTimer,
} from './scenario-input.ts';
import { type AnswersByCommand, type Coming, ScenarioRun, type ScenarioSituation } from './scenario-run.ts';

const YEAR_MS = 365 * 86_400_000;
/** More than any test means: timers that set each other without end. */
const MAX_STEPS = 10_000;

export interface ScenarioOptions {
  /** Of the instance. @default the key of the first event */
  readonly key?: string;
  /** When it begins, in milliseconds since the Unix epoch. @default 0 */
  readonly now?: number;
}

/**
 * A test of a definition, without a database and without waiting: given what happened, when something happens, then this is expected.
 * Instances, parked events and stored data behave as in a runtime. Every step is a new scenario, so that a beginning can be shared.
 * @example
 * scenario(orderSaga)
 *   .given(orderPlaced({ orderId: 'o-1' }))
 *   .when(paymentFailed({ orderId: 'o-1' }))
 *   .expect({ state: 'cancelled', sent: [{ cancelOrder: { orderId: 'o-1' } }], timers: [] });
 */
export function scenario<Names extends SagaNames>(
  definition: SagaDefinition<Names>,
  options: ScenarioOptions = {},
): Scenario<Names> {
  const { key } = options;
  return new Scenario<Names>(new ScenarioRun(definition, new Map()), {
    key: key === undefined ? null : stringOption('key', key, { maxBytes: 800 }),
    now: integerOption('now', options.now, { min: 0, default: 0 }),
    stored: null,
    parked: [],
    coming: [],
    handled: [],
    messages: 0,
    sent: [],
    outcome: null,
    trace: [],
  });
}

/** See {@link scenario}. */
export class Scenario<Names extends SagaNames> {
  readonly #run: ScenarioRun;
  readonly #situation: ScenarioSituation;

  /** @internal */
  constructor(run: ScenarioRun, situation: ScenarioSituation) {
    this.#run = run;
    this.#situation = situation;
  }

  /** In milliseconds since the Unix epoch. */
  get now(): number {
    return this.#situation.now;
  }

  /** The instance, its data as it is stored; `null`: there is none. For assertions of one's own. */
  get instance(): { readonly state: NameOf<Names['states']>; readonly data: unknown } | null {
    const { stored } = this.#situation;
    return stored === null
      ? null
      : { state: stored.state as NameOf<Names['states']>, data: JSON.parse(stored.data) as unknown };
  }

  /** What was sent since the last {@link given} or {@link expect}. For assertions of one's own. */
  get sent(): readonly { readonly name: NameOf<Names['commands']>; readonly message: OutgoingMessage }[] {
    return this.#situation.sent as readonly { name: NameOf<Names['commands']>; message: OutgoingMessage }[];
  }

  /** What happened, one line each. */
  get trace(): readonly string[] {
    return this.#situation.trace;
  }

  /** Participants that answer commands by themselves, in virtual time: see {@link after}. They replace those of before. */
  answering(answers: ScenarioAnswers<Names>): Scenario<Names> {
    const loose = Object.entries(answers as Readonly<Record<string, LooseAnswer | undefined>>);
    const byCommand: AnswersByCommand = new Map(
      loose.flatMap(([name, answer]) =>
        answer === undefined ? [] : [[name, (data: unknown) => comingFrom(answer(data))] as const],
      ),
    );
    return new Scenario(new ScenarioRun(this.#run.definition, byCommand), this.#situation);
  }

  /** Begins in a state, whose timers are set. */
  at<State extends NameOf<Names['states']>>(state: State, data: StateData<Names['states'][State]>): Scenario<Names> {
    return new Scenario(this.#run, this.#run.placed(this.#situation, state, data));
  }

  /** What happened before; what it sends is not looked at. @throws ScenarioError when one of it is refused */
  given(...inputs: readonly ScenarioInput<Names>[]): Scenario<Names> {
    const situation = inputs.reduce((before, input) => {
      const after = this.#take(before, input);
      if (after.outcome !== 'failed' && after.outcome !== 'refused') return after;
      throw this.#run.error(after, `what is given was refused ("${after.outcome}")`);
    }, this.#situation);
    return new Scenario(this.#run, { ...situation, sent: [] });
  }

  /** What happens: a message, `{ timer }` that runs out (at once, however long it was set for), or `{ action }` of a person. */
  when(input: ScenarioInput<Names>): Scenario<Names> {
    return new Scenario(this.#run, this.#take(this.#situation, input));
  }

  /**
   * Time passes: timers run out and answers arrive in the order of their times; those of one time in the order in which they came about.
   * @throws ScenarioError when they do not come to an end
   */
  after(ms: number): Scenario<Names> {
    const until = this.#situation.now + integerOption('ms', ms, { min: 0, max: 100 * YEAR_MS });
    return new Scenario(this.#run, { ...this.#passed(until), now: until });
  }

  /** Time passes until no timer is set and no answer is under way. @throws ScenarioError when that never is */
  untilQuiet(): Scenario<Names> {
    return new Scenario(this.#run, this.#passed(Number.POSITIVE_INFINITY));
  }

  /** @throws ScenarioError that shows every difference, and what happened */
  expect(expectation: ScenarioExpectation<Names>): Scenario<Names> {
    const differences = scenarioDifferences(
      this.#run.definition,
      this.#situation,
      expectation as unknown as LooseExpectation,
    );
    if (differences.length > 0) throw this.#run.error(this.#situation, ...differences);
    return new Scenario(this.#run, { ...this.#situation, sent: [] });
  }

  #passed(until: number): ScenarioSituation {
    let situation = this.#situation;
    for (let step = 0; step < MAX_STEPS; step += 1) {
      const next = this.#run.next(situation, until);
      if (next === null) return situation;
      situation = next;
    }
    throw this.#run.error(
      { ...situation, trace: situation.trace.slice(0, 20) },
      `timers and answers do not come to an end: ${MAX_STEPS} steps were taken`,
    );
  }

  #take(situation: ScenarioSituation, input: ScenarioInput<Names>): ScenarioSituation {
    if (isTimer<Names>(input)) return this.#run.timer(situation, input.timer);
    if (!isAction<Names>(input)) return this.#run.event(situation, input as OutgoingMessage);
    const { action, actor = 'somebody', reason = 'a scenario' } = input;
    return this.#run.act(situation, { kind: 'operator', action, actor, reason });
  }
}

type LooseAnswer = (data: unknown) => LooseAnswered | readonly LooseAnswered[] | null;
type LooseAnswered = Message | OutgoingMessage | { readonly afterMs: number; readonly event: OutgoingMessage };

function comingFrom(answered: ReturnType<LooseAnswer>): readonly Coming[] {
  const all = answered === null ? [] : Array.isArray(answered) ? answered : [answered as LooseAnswered];
  return all.map((answer: LooseAnswered) =>
    'afterMs' in answer
      ? { timer: null, event: answer.event, dueAt: integerOption('afterMs', answer.afterMs, { min: 0 }) }
      : { timer: null, event: answer, dueAt: 0 },
  );
}

function isTimer<Names extends SagaNames>(input: ScenarioInput<Names>): input is ScenarioTimer<Names> {
  return 'timer' in input && !('type' in input);
}

function isAction<Names extends SagaNames>(input: ScenarioInput<Names>): input is ScenarioAction {
  return 'action' in input && !('type' in input);
}
