import { InvalidOptionError, integerOption, type Message, oneOfOption, SystemClock } from '@holdfast/core';
import type { SagaDefinition } from '../../definition/saga-definition.ts';
import type { SagaNames } from '../../definition/saga-spec.ts';
import { Budget, maxBounds } from './budget.ts';
import { counterexample, type FoundViolation } from './counterexample.ts';
import { EndlessRuns } from './endless-run.ts';
import type { Exploration } from './exploration.ts';
import type { CuttingBound, ExploreBounds, ExploreOptions, Participant } from './explore-options.ts';
import { Model } from './model.ts';
import { ModelMessages, startSource } from './model-messages.ts';
import type { ModelState } from './model-state.ts';
import { ParticipantsModel } from './participants-model.ts';
import { builtIn } from './problem.ts';
import { type LooseProperties, Properties } from './properties.ts';
import { SagaModel } from './saga-model.ts';
import { Search } from './search.ts';
import { StepTeller } from './step-teller.ts';

/**
 * Runs one instance in every way that the bounds allow: messages arrive in any order and more than once, timers run out at any moment
 * while they are set, participants do each thing that they may do and are silent until late, people act. Finds the shortest run in which
 * a property does not hold, yours or one of every saga (nothing throws, no event is refused, data fits, nothing waits or goes on for ever).
 * Same arguments, same result. It sees one instance, ids made of contents, and one `now`.
 * @throws InvalidOptionError, UncorrelatedEventError
 */
export function explore<const Names extends SagaNames, World>(
  definition: SagaDefinition<Names>,
  options: ExploreOptions<Names, World>,
): Exploration {
  return new Exploring(definition as SagaDefinition, options as unknown as LooseOptions).run();
}

type LooseOptions = Omit<ExploreOptions<SagaNames, unknown>, 'participants' | 'lifelines' | 'always' | 'finally'> & {
  readonly participants?: Readonly<Record<string, Participant<unknown, Message>>>;
  readonly lifelines?: Readonly<Record<string, string>>;
  readonly always?: LooseProperties;
  readonly finally?: LooseProperties;
};

class Exploring {
  readonly #definition: SagaDefinition;
  readonly #options: LooseOptions;
  readonly #messages: ModelMessages;
  readonly #saga: SagaModel;
  readonly #participants: ParticipantsModel;
  readonly #properties: Properties;
  readonly #model: Model;
  readonly #search: Search;
  readonly #first: ModelState;
  readonly #cut = new Set<CuttingBound>();

  constructor(definition: SagaDefinition, options: LooseOptions) {
    this.#definition = definition;
    this.#options = options;
    const { start, now = 0, world, operator = [] } = options;
    oneOfOption('endless', options.endless, { allowed: ['allow', 'refuse'], default: 'refuse' });
    const [begin] = start;
    if (begin === undefined) throw new InvalidOptionError('start', start, 'at least one event that begins an instance');
    const participants = new Map(Object.entries(options.participants ?? {}));
    const unknown = [...participants.keys()].find((name) => !definition.commands.has(name));
    if (unknown !== undefined)
      throw new InvalidOptionError('participants', unknown, 'participants by names of commands');
    const foreign = start.find(({ type }) => definition.eventName(type) === undefined);
    if (foreign !== undefined) throw new InvalidOptionError('start', foreign.type, 'events of the saga');
    refuseUnknownActions(definition, operator);
    const cut = (bound: CuttingBound) => this.#cut.add(bound);
    const messages = new ModelMessages(definition, begin, now);
    this.#messages = messages;
    this.#saga = new SagaModel({ definition, messages, commands: new Set(participants.keys()), now });
    const lifelines = new Map(Object.entries(options.lifelines ?? {}));
    this.#participants = new ParticipantsModel({ messages, participants, lifelines });
    const parts = { messages, saga: this.#saga, participants: this.#participants };
    const { always = {}, finally: atRest = {} } = options;
    this.#properties = new Properties({ ...parts, definition, always, finally: atRest });
    const { budget, copies, depth, states } = boundsOf(options.bounds ?? {});
    this.#model = new Model({ ...parts, budget, operator, copies, cut });
    this.#first = this.#model.first(
      world,
      start.map((event) => messages.event(event, startSource)),
    );
    this.#search = new Search({
      model: this.#model,
      properties: this.#properties,
      first: this.#first,
      depth,
      states,
      cut,
    });
  }

  run(): Exploration {
    const clock = this.#options.clock ?? new SystemClock();
    const begun = clock.monotonic();
    const found = this.#find();
    const violation = found === null ? null : counterexample(this.#tellingOptions(), found);
    const { states, transitions, depth } = this.#search;
    return {
      states,
      transitions,
      depth,
      elapsedMs: clock.monotonic() - begun,
      complete: violation === null && this.#cut.size === 0,
      cut: [...this.#cut].sort(),
      unreached: this.#unreached(),
      violation,
    };
  }

  #find(): FoundViolation | null {
    const found = this.#search.run();
    if (found !== null) return { ...found, repeatsFrom: null };
    if (this.#options.endless === 'allow') return null;
    const endless = new EndlessRuns({
      search: this.#search,
      model: this.#model,
      saga: this.#saga,
      isKnown: (state) => this.#definition.states.get(state)?.kind === 'attention',
    }).first();
    if (endless === null) return null;
    const repeated = endless.steps.length - endless.repeatsFrom;
    const detail = `the last ${repeated === 1 ? 'step' : `${repeated} steps`} can repeat for ever, and nobody is told`;
    return { ...endless, problem: { property: builtIn.comesToRest, detail } };
  }

  #tellingOptions() {
    const definition = this.#definition;
    const messages = this.#messages;
    const teller = new StepTeller({ definition, messages, saga: this.#saga, participants: this.#participants });
    const inFlight = ({ flight }: ModelState) =>
      this.#model.bags.members(flight).map((message) => messages.get(message).name);
    return { definition, teller, properties: this.#properties, inFlight, first: this.#first };
  }

  #unreached(): readonly string[] {
    const reached = this.#saga.reached();
    return [...this.#definition.states.keys()].filter((state) => !reached.has(state));
  }
}

/** A mistyped one would be explored as one that nobody takes. */
function refuseUnknownActions({ states }: SagaDefinition, operator: readonly string[]): void {
  const taken = new Set([...states.values()].flatMap((state) => [...state.operator.keys()]));
  const unknown = operator.find((action) => !taken.has(action));
  if (unknown === undefined) return;
  const known =
    taken.size === 0 ? 'none: no state takes actions' : `actions that a state takes: ${[...taken].join(', ')}`;
  throw new InvalidOptionError('operator', unknown, known);
}

function boundsOf(bounds: ExploreBounds) {
  const spendable = (name: 'timers' | 'operator') =>
    bounds[name] === undefined ? null : integerOption(`bounds.${name}`, bounds[name], { min: 0, max: maxBounds[name] });
  return {
    budget: new Budget({
      duplicates: integerOption('bounds.duplicates', bounds.duplicates, {
        min: 0,
        max: maxBounds.duplicates,
        default: 1,
      }),
      lost: integerOption('bounds.lost', bounds.lost, { min: 0, max: maxBounds.lost, default: 0 }),
      timers: spendable('timers'),
      operator: spendable('operator'),
    }),
    depth: integerOption('bounds.depth', bounds.depth, { min: 1, max: 1_000_000, default: 100 }),
    states: integerOption('bounds.states', bounds.states, { min: 1, max: 20_000_000, default: 200_000 }),
    copies: integerOption('bounds.copies', bounds.copies, { min: 1, max: 100, default: 3 }),
  };
}
