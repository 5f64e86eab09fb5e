import { InvalidOptionError, type Message, type OutgoingMessage, oneOfOption, quoted } from '@holdfast/core';
import type { SagaDefinition } from '../../definition/saga-definition.ts';
import type { EventInput, EventMessage, SagaNames } from '../../definition/saga-spec.ts';
import type { StepPlan } from '../../definition/step-plan.ts';
import type { StepsData } from '../../steps/steps-data.ts';
import type { Participant, Participants, Property } from '../explore/explore-options.ts';
import { StepParticipant, type StepsWorld } from './step-participant.ts';

type NameOf<Map> = keyof Map & string;

export interface ParticipantsOfOptions<Names extends SagaNames> {
  /**
   * The data of an answer, by the name of the event.
   * @default what the command has, which is right where both have the same schema
   */
  readonly answers?: {
    readonly [Event in NameOf<Names['events']>]?: (
      command: EventMessage<Names['commands'][NameOf<Names['commands']>]>,
    ) => EventInput<Names['events'][Event]>;
  };
  /** Whether compensations may fail, each time that they are sent. @default true */
  readonly compensationsFail?: boolean;
  /**
   * What a participant does that said that it does not know whether it did its step: it finds out and says it some day (`settles`),
   * or a person has to (`stays`).
   * @default 'settles'
   */
  readonly unclear?: 'settles' | 'stays';
}

/** What {@link explore} needs to know about the participants of a saga that is made of steps: spread it into its options. */
export interface StepsModel<Names extends SagaNames> {
  readonly world: StepsWorld;
  readonly participants: Participants<Names, StepsWorld>;
  readonly lifelines: { readonly [Command in NameOf<Names['commands']>]?: string };
  readonly finally: Readonly<Record<string, Property<Names, StepsWorld>>>;
}

/**
 * The participants of a saga that is made of steps: one for each step, that does it, refuses, or does not know, and undoes it or fails to.
 * With the properties that a completed instance has done all steps, and a compensated one has left nothing.
 * @throws InvalidOptionError when the definition was not made by `sagaSteps`, or two steps share a command
 * @example
 * explore(saga, { start: [orderPlaced({ orderId: 'o1' })], ...participantsOf(saga, { answers: { paid: () => ({ paymentId: 'p1' }) } }) });
 */
export function participantsOf<Names extends SagaNames>(
  definition: SagaDefinition<Names>,
  options: ParticipantsOfOptions<Names> = {},
): StepsModel<Names> {
  const { steps, name } = definition;
  if (steps.length === 0) throw new InvalidOptionError('definition', name, 'one that was made by sagaSteps');
  const answers = (options.answers ?? {}) as Readonly<Record<string, ((command: Message) => unknown) | undefined>>;
  const { compensationsFail = true } = options;
  const unclear = oneOfOption('unclear', options.unclear, { allowed: ['settles', 'stays'], default: 'settles' });
  const answer = (event: string, command: Message) => answerOf(definition, event, (answers[event] ?? dataOf)(command));
  const settles = unclear === 'settles';
  const byCommand = steps.flatMap((plan): readonly (readonly [string, Participant<StepsWorld, Message>])[] => {
    const participant = new StepParticipant({ plan, answer, compensationsFail, settles });
    const does = [plan.command, participant.do.bind(participant)] as const;
    return plan.compensation === null
      ? [does]
      : [does, [plan.compensation.command, participant.undo.bind(participant)]];
  });
  return {
    world: Object.fromEntries(steps.map((plan) => [plan.name, { done: false, undone: false, refusal: null }])),
    participants: distinct(byCommand) as unknown as Participants<Names, StepsWorld>,
    lifelines: Object.fromEntries(
      steps.flatMap((plan) =>
        [plan.command, plan.compensation?.command ?? plan.command].map((command) => [command, plan.name]),
      ),
    ) as StepsModel<Names>['lifelines'],
    finally: endsOf(steps),
  };
}

function dataOf({ data }: Message): unknown {
  return data;
}

function answerOf(definition: Pick<SagaDefinition, 'events' | 'name'>, name: string, data: unknown): OutgoingMessage {
  const event = definition.events.get(name);
  if (event === undefined) throw new TypeError(`Saga ${quoted(definition.name)} has no event ${quoted(name)}.`);
  return event(data as never);
}

function distinct<Value>(entries: readonly (readonly [string, Value])[]): Readonly<Record<string, Value>> {
  const names = entries.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return Object.fromEntries(entries);
  throw new InvalidOptionError('definition', twice, 'each step its own commands, or write the participants yourself');
}

function endsOf<Names extends SagaNames>(
  steps: readonly StepPlan[],
): Readonly<Record<string, Property<Names, StepsWorld>>> {
  return {
    'a completed instance has done all of its steps': ({ state, world }) =>
      state !== 'completed' || steps.every(({ name }) => world[name]?.done === true && !world[name].undone),
    'a compensated instance has left nothing': ({ state, data, world }) =>
      state !== 'compensated' ||
      steps.every(
        ({ name, compensation }) =>
          compensation === null || wasJudged(data, name) || world[name]?.done === world[name]?.undone,
      ),
  };
}

/** A person saw to it, or knew that it had not happened, or had it undone whether it had happened or not. */
function wasJudged(data: unknown, step: string): boolean {
  const { steps, done } = data as StepsData;
  const status = steps[step] ?? '';
  return ['skipped', 'dismissed'].includes(status) || (status === 'undone' && !Object.hasOwn(done, step));
}
