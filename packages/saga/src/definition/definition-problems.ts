import { quoted } from '@holdfast/core';
import { MAX_TIMER_MS } from '../decide/timer-delay.ts';
import { type LooseSpec, type LooseTimer, type LooseTransition, listOf } from './loose-spec.ts';

const NAME = /^[A-Za-z][A-Za-z0-9_.:-]{0,63}$/;
const POLICIES: readonly unknown[] = ['ignore', 'park', 'fail'];
const KINDS: readonly unknown[] = ['active', 'compensating', 'attention', 'final'];

/** Everything that contradicts itself in a definition; the compiler refuses most of it before. */
export function definitionProblems(spec: LooseSpec): readonly string[] {
  return [...nameProblems(spec), ...eventProblems(spec), ...policyProblems(spec), ...transitionProblems(spec)];
}

function nameProblems(spec: LooseSpec): string[] {
  const named = {
    state: Object.keys(spec.states),
    event: Object.keys(spec.events),
    command: Object.keys(spec.commands ?? {}),
    timer: spec.timers ?? [],
  };
  return Object.entries(named).flatMap(([what, names]) =>
    names
      .filter((name) => !NAME.test(name))
      .map(
        (name) => `Name the ${what} ${quoted(name)} by a letter and at most 63 letters, digits, "_", ".", ":" or "-".`,
      ),
  );
}

function eventProblems({ events, start, states, on }: LooseSpec): string[] {
  const types = Object.values(events).map(({ type }) => type);
  const twice = types.filter((type, index) => types.indexOf(type) !== index);
  return [
    ...twice.map((type) => `The event type ${quoted(type)} has two names: give it one.`),
    ...(Object.keys(start).length === 0 ? ['No event begins it: name one in "start".'] : []),
    ...Object.keys(start)
      .filter((name) => !Object.hasOwn(events, name))
      .map((name) => `It begins with ${quoted(name)}, which is no event of it.`),
    ...Object.entries(states)
      .filter(([, state]) => !KINDS.includes(state.kind))
      .map(
        ([name]) => `State ${quoted(name)} is of no kind: make it by active(), compensating(), attention() or final().`,
      ),
    ...Object.keys(on)
      .filter((name) => !Object.hasOwn(states, name))
      .map((name) => `"on" names ${quoted(name)}, which is no state of it.`),
  ];
}

function policyProblems(spec: LooseSpec): string[] {
  const stated = Object.entries(spec.on).flatMap(([state, reaction]) => {
    const unexpected = reaction?.unexpected;
    const policies = typeof unexpected === 'object' ? Object.values(unexpected) : [unexpected ?? 'ignore'];
    return policies.map((policy) => [`on.${state}.unexpected`, policy] as const);
  });
  const all = [['unexpected', spec.unexpected] as const, ['unmatched', spec.unmatched] as const, ...stated];
  return all
    .filter(([, policy]) => !POLICIES.includes(policy))
    .map(([where]) => `Say what becomes of events: ${quoted(where)} is "ignore", "park" or "fail".`);
}

function transitionProblems(spec: LooseSpec): string[] {
  const starts = Object.entries(spec.start).flatMap(([event, transitions]) =>
    listOf(transitions ?? []).flatMap((transition) => startProblems(spec, `start.${event}`, transition)),
  );
  return [...starts, ...Object.keys(spec.on).flatMap((state) => reactionProblems(spec, state))];
}

function startProblems(spec: LooseSpec, place: string, transition: LooseTransition): string[] {
  return [
    ...edgeProblems(spec, place, transition),
    ...(transition.to === undefined ? [`${place} leads to no state: say "to".`] : []),
    ...(transition.data === undefined ? [`${place} makes no data: say "data".`] : []),
  ];
}

function reactionProblems(spec: LooseSpec, state: string): string[] {
  const { events = {}, timers = {}, operator = {} } = spec.on[state] ?? {};
  const place = (what: string) => `on.${state}.${what}`;
  const edges = [
    ...Object.entries(events),
    ...Object.entries(operator),
    ...Object.entries(timers).map(([name, timer]) => [name, transitionsOfTimer(timer)] as const),
  ];
  return [
    ...unknown(Object.keys(events), Object.keys(spec.events), place('events')),
    ...unknown(Object.keys(timers), spec.timers ?? [], place('timers')),
    ...delayProblems(
      Object.entries(timers).map(([name, timer]) => [name, delayOfTimer(timer)]),
      place('timers'),
    ),
    ...edges.flatMap(([name, transitions]) =>
      listOf(transitions).flatMap((transition) => edgeProblems(spec, place(name), transition)),
    ),
  ];
}

function edgeProblems(spec: LooseSpec, place: string, { to, send, schedule, cancel }: LooseTransition): string[] {
  return [
    ...unknown(to === undefined ? [] : [to], Object.keys(spec.states), `${place}.to`),
    ...unknown(Object.keys(send ?? {}), Object.keys(spec.commands ?? {}), `${place}.send`),
    ...unknown([...Object.keys(schedule ?? {}), ...(cancel ?? [])], spec.timers ?? [], `${place} (its timers)`),
    ...delayProblems(Object.entries(schedule ?? {}), `${place}.schedule`),
  ];
}

function delayProblems(delays: readonly (readonly [timer: string, delay: unknown])[], place: string): string[] {
  return delays
    .filter(([, delay]) => delay !== undefined && typeof delay !== 'function' && !isDelay(delay))
    .map(([timer]) => `${place} lets ${quoted(timer)} run for no time: say milliseconds, from 0 to ${MAX_TIMER_MS}.`);
}

function isDelay(delay: unknown): boolean {
  return typeof delay === 'number' && delay >= 0 && delay <= MAX_TIMER_MS;
}

function delayOfTimer(timer: LooseTimer): unknown {
  return !Array.isArray(timer) && 'take' in timer ? timer.afterMs : undefined;
}

function unknown(names: readonly string[], known: readonly string[], place: string): string[] {
  return names
    .filter((name) => !known.includes(name))
    .map((name) => `${place} names ${quoted(name)}, which is not declared.`);
}

function transitionsOfTimer(timer: LooseTimer): LooseTransition | readonly LooseTransition[] {
  return !Array.isArray(timer) && 'take' in timer
    ? timer.take
    : (timer as LooseTransition | readonly LooseTransition[]);
}
