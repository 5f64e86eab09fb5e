import { quoted } from '@holdfast/core';
import type { EventMap } from '../definition/saga-spec.ts';
import type { LooseEnd } from './loose-step.ts';
import type { PlannedStep, Stage } from './planned-step.ts';

/** Short enough for the names of its states. */
const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,39}$/;
const RESERVED: readonly string[] = ['completed', 'compensated', 'held'];

export interface CheckedSteps {
  readonly stages: readonly Stage[];
  readonly events: EventMap;
  readonly commands: EventMap;
  readonly start: string;
  readonly ends: readonly LooseEnd[];
}

/** Everything that contradicts itself in a list of steps; the compiler refuses most of it before. */
export function stepsProblems(checked: CheckedSteps): readonly string[] {
  return [...nameProblems(checked), ...eventProblems(checked), ...commandProblems(checked)];
}

function nameProblems({ stages }: CheckedSteps): readonly string[] {
  const names = stages.flatMap(({ name, isGroup, steps }) => [
    ...steps.map((step) => step.name),
    ...(isGroup ? [name] : []),
  ]);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  return [
    ...(stages.length === 0 ? ['It has no step: add one by "step".'] : []),
    ...stages
      .filter(({ steps }) => steps.length === 0)
      .map(({ name }) => `The parallel group ${quoted(name)} has no step: add one by "step".`),
    ...names
      .filter((name) => !NAME.test(name) || RESERVED.includes(name) || name in Object.prototype)
      .map(
        (name) =>
          `Name ${quoted(name)} otherwise: a letter and at most 39 letters, digits, "_" or "-", and not "completed", "compensated" or "held".`,
      ),
    ...twice.map((name) => `Two steps or groups are named ${quoted(name)}: rename one.`),
  ];
}

/** A late answer must say by itself which step it belongs to. */
function eventProblems({ stages, events, start }: CheckedSteps): readonly string[] {
  const roles = new Map<string, string[]>([[start, ['begins it']]]);
  for (const [event, role] of stages.flatMap(({ steps }) => steps).flatMap(rolesOf)) {
    roles.set(event, [...(roles.get(event) ?? []), role]);
  }
  return [...roles].flatMap(([event, said]) => [
    ...(Object.hasOwn(events, event) ? [] : [`The event ${quoted(event)} (${said[0]}) is not declared in "events".`]),
    ...(said.length === 1
      ? []
      : [
          `The event ${quoted(event)} ${said.join(', and ')}: a late one could not be told apart, so use an event of its own for each.`,
        ]),
  ]);
}

function rolesOf({
  name,
  success,
  failures,
  unclear,
  compensation,
}: PlannedStep): readonly (readonly [string, string])[] {
  const step = quoted(name);
  return [
    [success, `is the success of step ${step}`],
    ...failures.map((event) => [event, `is a failure of step ${step}`] as const),
    ...(unclear === null ? [] : [[unclear, `is the unclear outcome of step ${step}`] as const]),
    ...(compensation === null ? [] : [[compensation.success, `says that step ${step} is undone`] as const]),
    ...(compensation === null || compensation.failure === null
      ? []
      : [[compensation.failure, `says that step ${step} could not be undone`] as const]),
  ];
}

function commandProblems({ stages, commands, ends }: CheckedSteps): readonly string[] {
  const sent = stages
    .flatMap(({ steps }) => steps)
    .flatMap(({ command, compensation }) => [
      command.name,
      ...(compensation === null ? [] : [compensation.command.name]),
    ]);
  return [...new Set([...sent, ...ends.flatMap((end) => Object.keys(end))])]
    .filter((name) => !Object.hasOwn(commands, name))
    .map((name) => `The command ${quoted(name)} is not declared in "commands".`);
}
