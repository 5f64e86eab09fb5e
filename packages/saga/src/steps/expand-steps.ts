import type { Message } from '@holdfast/core';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { defineSaga } from '../definition/define-saga.ts';
import type { LooseReaction, LooseSpec, LooseTransition } from '../definition/loose-spec.ts';
import type { SagaDefinition } from '../definition/saga-definition.ts';
import { active, attention, compensating, final, type StateSpec } from '../definition/state-spec.ts';
import type { CompensationPlan, StepPlan } from '../definition/step-plan.ts';
import { InvalidSagaError } from '../errors/invalid-saga-error.ts';
import { ForwardReactions } from './forward-reactions.ts';
import { HELD, heldReactions } from './held-reactions.ts';
import type { LooseEnd } from './loose-step.ts';
import { canBeUncertain, canFail, type PlannedCompensation, type PlannedStep, type Stage } from './planned-step.ts';
import { StageRoute } from './stage-route.ts';
import { StepEdges } from './step-edges.ts';
import type { StepsData } from './steps-data.ts';
import { StepsDataSchema } from './steps-data-schema.ts';
import { stepsProblems } from './steps-problems.ts';
import { UnclearReactions } from './unclear-reactions.ts';
import { UndoReactions } from './undo-reactions.ts';
import { withCheckedUndo } from './with-checked-undo.ts';

/** What is said about the whole saga, without its types. */
export interface LooseStepsOptions
  extends Pick<LooseSpec, 'name' | 'version' | 'events' | 'commands' | 'key' | 'unmatched' | 'retentionMs' | 'redact'> {
  readonly start: {
    readonly event: string;
    readonly input?: (message: Message) => unknown;
    readonly schema?: StandardSchemaV1;
    readonly hold?: (message: Message) => boolean;
  };
}

export interface LooseEnds {
  readonly completed: LooseEnd;
  readonly compensated: LooseEnd;
}

interface State {
  readonly spec: StateSpec;
  readonly on: LooseReaction;
}

/** Writes the steps out, state by state. @throws InvalidSagaError, InvalidOptionError */
export function expandSteps(options: LooseStepsOptions, written: readonly Stage[], ends: LooseEnds): SagaDefinition {
  const { events, commands = {}, start } = options;
  const stages = written.map((stage) => ({
    ...stage,
    steps: stage.steps.map((step) => withCheckedUndo(step, commands)),
  }));
  const checked = { stages, events, commands, start: start.event, ends: Object.values(ends) };
  const problems = stepsProblems(checked);
  if (problems.length > 0) throw new InvalidSagaError(options.name, problems);
  const route = new StageRoute(stages);
  const edges = new StepEdges(route, ends);
  const steps = stages.flatMap((stage) => stage.steps);
  const schema = new StepsDataSchema(
    steps.map(({ name }) => name),
    start.schema,
  );
  const states = new Map([
    ...stages.flatMap((stage) => statesOfStage(stage, { edges, schema })),
    ...statesOfUndo({ edges, schema }, start.hold !== undefined),
    ...(start.hold === undefined ? [] : [[HELD, { spec: attention(schema), on: heldReactions(edges) }] as const]),
  ]);
  return define(options, { edges, states, plans: stages.flatMap(plansOf) });
}

interface Expanded {
  readonly edges: StepEdges;
  readonly states: ReadonlyMap<string, State>;
  readonly plans: readonly StepPlan[];
}

function define(options: LooseStepsOptions, { edges, states, plans }: Expanded): SagaDefinition {
  const { start, ...shared } = options;
  const begin = start.input ?? (({ data }: Message) => data);
  const first = edges.route.stages[0]?.name ?? '';
  const entries = [...states];
  const timers = entries.flatMap(([, { on }]) => Object.keys(on.timers ?? {}));
  const spec: LooseSpec = {
    ...shared,
    states: Object.fromEntries(entries.map(([name, state]) => [name, state.spec])),
    timers: [...new Set(timers)],
    // Before the start there is no data: the function gets the message first, as `defineSaga` says.
    start: {
      [start.event]: [
        ...heldStarts(start.hold, begin),
        {
          to: first,
          data: (message: unknown) => edges.route.enter(0, begun(begin(message as Message))).data,
          ...edges.arrival(first),
        },
      ],
    },
    on: Object.fromEntries(entries.map(([name, { on }]) => [name, on])),
    unexpected: 'ignore',
    steps: plans,
  };
  return defineSaga(spec as unknown as Parameters<typeof defineSaga>[0]) as SagaDefinition;
}

function heldStarts(
  hold: LooseStepsOptions['start']['hold'],
  begin: (message: Message) => unknown,
): readonly LooseTransition[] {
  if (hold === undefined) return [];
  const data = (message: unknown) => begun(begin(message as Message));
  return [{ to: HELD, label: 'to be looked at', when: (message) => hold(message as Message), data }];
}

function begun(input: unknown): StepsData {
  return { input, done: {}, steps: {}, attempts: {}, failure: null, ends: 0 };
}

interface Context {
  readonly edges: StepEdges;
  readonly schema: StepsDataSchema;
}

function statesOfStage(stage: Stage, { edges, schema: anywhere }: Context): readonly (readonly [string, State])[] {
  const { name, steps, isGroup, committed } = stage;
  const begun = edges.route.stages.slice(0, stage.index + 1).flatMap((one) => one.steps);
  const schema = anywhere.whereBegun(begun.map((step) => step.name));
  const reactions = new ForwardReactions(stage, edges);
  const [only] = steps;
  const isRetried = !isGroup && only !== undefined && only.retry !== null;
  return [
    [name, { spec: active(schema), on: reactions.waiting() }],
    ...(isRetried ? [[`${name}:retrying`, { spec: active(schema), on: reactions.retrying(only) }] as const] : []),
    ...(steps.some(canBeUncertain)
      ? [
          [
            `${name}:uncertain`,
            { spec: attention(schema), on: new UnclearReactions(stage, edges).beside(reactions.uncertain()) },
          ] as const,
        ]
      : []),
    ...(committed && steps.some(canFail)
      ? [[`${name}:stuck`, { spec: attention(schema), on: reactions.stuck() }] as const]
      : []),
  ];
}

function statesOfUndo({ edges, schema }: Context, canBeHeld: boolean): readonly (readonly [string, State])[] {
  const reactions = new UndoReactions(edges);
  const undone = edges.route.undoableSteps.flatMap((step) => {
    const { name, compensation } = step;
    if (compensation === null) return [];
    return [
      [`${name}:compensating`, { spec: compensating(schema), on: reactions.compensating(step, compensation) }],
      [
        `${name}:compensation_failed`,
        { spec: attention(schema), on: reactions.compensationFailed(step, compensation) },
      ],
    ] as const;
  });
  const canEndUndone = canBeHeld || edges.route.undoableSteps.length > 0;
  return [
    ...undone,
    ['completed', { spec: final(schema), on: {} }],
    ...(canEndUndone ? [['compensated', { spec: final(schema), on: reactions.compensated() }] as const] : []),
  ];
}

function plansOf(stage: Stage): readonly StepPlan[] {
  return stage.steps.map((step) => ({ ...planOf(step), state: stage.name }));
}

function planOf(step: PlannedStep): Omit<StepPlan, 'state'> {
  const { name, stage, command, success, failures, unclear, timeout, retry, compensation, committed } = step;
  return {
    name,
    stage,
    command: command.name,
    success,
    failures,
    unclear,
    timeout,
    attempts: retry?.attempts ?? 1,
    compensation: compensation === null ? null : compensationPlanOf(compensation),
    afterPointOfNoReturn: committed,
    canFail: canFail(step),
  };
}

function compensationPlanOf({ command, success, failure, attempts }: PlannedCompensation): CompensationPlan {
  return { command: command.name, success, failure, attempts };
}
