import type { EventMap } from '../definition/saga-spec.ts';
import type { LooseCommand } from './loose-step.ts';
import type { PlannedStep } from './planned-step.ts';

/**
 * The step with a compensation that is checked by its command's schema where the step's result is missing: what the function makes of a
 * result that is not there need not throw, but is no such command.
 */
export function withCheckedUndo(step: PlannedStep, commands: EventMap): PlannedStep {
  const { name, compensation } = step;
  const event = compensation === null ? undefined : commands[compensation.command.name];
  if (compensation === null || event === undefined) return step;
  const { data: make } = compensation.command;
  const data: LooseCommand['data'] = (view, context) => {
    const made = make(view, context);
    if (!Object.hasOwn(view.done, name)) event(made as never);
    return made;
  };
  return { ...step, compensation: { ...compensation, command: { ...compensation.command, data } } };
}
