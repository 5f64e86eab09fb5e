import { quoted } from '@holdfast/core';
import type { LintFinding } from './lint-finding.ts';
import type { LintedSaga } from './linted-saga.ts';

/** Events, commands and timers that are declared and of no use. */
export function nameFindings(saga: LintedSaga): readonly LintFinding[] {
  return [...events(saga), ...commands(saga), ...timers(saga)];
}

function events({ definition, liveEdges }: LintedSaga): readonly LintFinding[] {
  const taken = new Set(liveEdges.filter(({ cause }) => cause === 'event').map(({ name }) => name));
  return [...definition.events.keys()]
    .filter((event) => !taken.has(event))
    .map((event) => ({
      rule: 'event-never-taken',
      event,
      message: `No state takes event ${quoted(event)}, and it begins nothing: say who takes it, or remove it.`,
    }));
}

function commands({ definition, liveEdges }: LintedSaga): readonly LintFinding[] {
  const sent = new Set(liveEdges.flatMap(({ transition }) => transition.send.map(({ name }) => name)));
  return [...definition.commands.keys()]
    .filter((command) => !sent.has(command))
    .map((command) => ({
      rule: 'command-never-sent',
      command,
      message: `No transition sends ${quoted(command)}: say which one does, or remove it.`,
    }));
}

function timers({ definition, liveEdges, states }: LintedSaga): readonly LintFinding[] {
  const scheduled = new Set(liveEdges.flatMap(({ transition }) => transition.schedule.map(({ timer }) => timer)));
  return definition.timers.flatMap((timer): readonly LintFinding[] => {
    const takers = states.filter((state) => state.timers.has(timer));
    if (takers.length === 0) {
      const message = `No state takes timer ${quoted(timer)}: say what happens when it runs out, or remove it.`;
      return [{ rule: 'timer-never-taken', timer, message }];
    }
    const isSet = scheduled.has(timer) || takers.some((state) => state.timers.get(timer)?.afterMs !== null);
    if (isSet) return [];
    const message = `No transition schedules timer ${quoted(timer)}: schedule it, or give it "afterMs" in its state.`;
    return [{ rule: 'timer-never-set', timer, message }];
  });
}
