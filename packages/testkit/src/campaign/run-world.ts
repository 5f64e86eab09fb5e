import { summarizeError } from '@holdfast/core';
import type { Check } from '../checks/check.ts';
import type { FaultSource } from '../faults/fault-source.ts';
import { guardGlobals } from '../guard/guard-globals.ts';
import type { Problem } from '../kernel/problem.ts';
import { runOutside } from '../kernel/process-context.ts';
import { Scenario, type ScenarioOptions } from '../kernel/scenario.ts';
import { Simulation } from '../kernel/simulation.ts';
import type { SimulationOptions } from '../kernel/simulation-options.ts';
import { StepLimitError } from '../kernel/step-limit-error.ts';
import { World } from '../kernel/world.ts';

/** What is simulated and what must hold, whatever goes wrong. */
export interface WorldDefinition<Facts>
  extends ScenarioOptions,
    Pick<SimulationOptions, 'time' | 'maxSteps' | 'strict'> {
  /** Builds the world of one run. What it returns is for the checks: databases, ledgers, lists. */
  world(world: World, size: number): Facts | Promise<Facts>;
  /** How much happens in a run, e.g. how many clients there are; what failed is tried with less. Given to `world`. @default 1 */
  readonly size?: number;
  /** @default only what a run shows by itself: processes stop, clients come to their end, nothing is left */
  readonly check?: readonly Check<Facts>[];
}

export interface RunOptions {
  readonly seed: number;
  /** @default nothing goes wrong */
  readonly faults?: FaultSource;
  /** Keeps every event. @default false */
  readonly record?: boolean;
  /** Real resources that a process opens are problems; slower. @default the definition's, else false */
  readonly strict?: boolean;
}

export interface WorldRun<Facts> {
  readonly simulation: Simulation;
  readonly world: World;
  readonly facts: Facts;
  readonly problems: readonly Problem[];
  /** What the first check threw that threw at all. */
  readonly error?: unknown;
}

/**
 * One run of a world, from its building to its checks. The world is closed afterwards; what it kept can still be looked at. Guards the globals of
 * Node meanwhile; who makes many runs holds `guardGlobals()` over all of them, which is faster.
 */
export async function runWorld<Facts>(
  definition: WorldDefinition<Facts>,
  options: RunOptions,
): Promise<WorldRun<Facts>> {
  const { time, maxSteps, strict = false } = definition;
  const simulation = new Simulation({
    strict,
    ...options,
    ...(time === undefined ? {} : { time }),
    ...(maxSteps === undefined ? {} : { maxSteps }),
  });
  const release = guardGlobals({ strict: simulation.isStrict });
  try {
    return await runOutside(simulation.outside, () => runGuarded(definition, simulation));
  } finally {
    release();
  }
}

async function runGuarded<Facts>(definition: WorldDefinition<Facts>, simulation: Simulation): Promise<WorldRun<Facts>> {
  const world = new World(simulation);
  try {
    const facts = await definition.world(world, definition.size ?? 1);
    await runToItsEnd(new Scenario(world, definition), simulation);
    await world.load();
    const errors: unknown[] = [];
    for (const { name, check } of definition.check ?? []) {
      try {
        for (const message of check(facts, world)) simulation.problem(name, message);
      } catch (error) {
        errors.push(error);
        simulation.problem(name, `The check itself failed: ${summarizeError(error)}`);
      }
    }
    const run = { simulation, world, facts, problems: simulation.problems };
    return errors.length === 0 ? run : { ...run, error: errors[0] };
  } finally {
    world.close();
  }
}

async function runToItsEnd(scenario: Scenario, simulation: Simulation): Promise<void> {
  try {
    await scenario.run();
    await simulation.turn();
  } catch (error) {
    if (!(error instanceof StepLimitError)) throw error;
    simulation.problem('a run comes to its end', error.message);
  }
}
