import type { Check } from '../checks/check.ts';
import type { FaultSource } from '../faults/fault-source.ts';
import type { Problem } from '../kernel/problem.ts';
import { Scenario, type ScenarioOptions } from '../kernel/scenario.ts';
import { Simulation } from '../kernel/simulation.ts';
import { World } from '../kernel/world.ts';

/** What is simulated and what must hold, whatever goes wrong. */
export interface WorldDefinition<Facts> extends ScenarioOptions {
  /** Builds the world of one run. What it returns is for the checks: databases, ledgers, lists. */
  world(world: World): Facts | Promise<Facts>;
  /** @default only what a run shows by itself: processes stop, clients come to their end, nothing is left */
  readonly check?: readonly Check<Facts>[];
}

export interface RunOptions {
  readonly seed: number;
  /** @default nothing goes wrong */
  readonly faults?: FaultSource;
  /** Keeps every event. @default false */
  readonly record?: boolean;
}

export interface WorldRun<Facts> {
  readonly simulation: Simulation;
  readonly world: World;
  readonly facts: Facts;
  readonly problems: readonly Problem[];
}

/** One run of a world, from its building to its checks. The world is closed afterwards; what it kept can still be looked at. */
export async function runWorld<Facts>(
  definition: WorldDefinition<Facts>,
  options: RunOptions,
): Promise<WorldRun<Facts>> {
  const simulation = new Simulation(options);
  const world = new World(simulation);
  try {
    const facts = await definition.world(world);
    await new Scenario(world, definition).run();
    for (const { name, check } of definition.check ?? []) {
      for (const message of check(facts, world)) simulation.problem(name, message);
    }
    return { simulation, world, facts, problems: simulation.problems };
  } finally {
    world.close();
  }
}
