import type { Fault } from '../../src/faults/fault.ts';
import { type FaultSource, siteAddress } from '../../src/faults/fault-source.ts';
import { Scenario, type ScenarioOptions } from '../../src/kernel/scenario.ts';
import { Simulation } from '../../src/kernel/simulation.ts';
import type { SimulationOptions } from '../../src/kernel/simulation-options.ts';
import { World } from '../../src/kernel/world.ts';

/** Exactly these faults. */
export function planned(...faults: Fault[]): FaultSource {
  return { at: (site) => faults.find(({ at }) => at === siteAddress(site)) ?? null };
}

export interface Ran {
  readonly simulation: Simulation;
  readonly world: World;
  /** `check: message` */
  readonly problems: readonly string[];
}

/** Builds a world and runs it to its end. */
export async function run(
  build: (world: World) => void | Promise<void>,
  options: Partial<SimulationOptions> & ScenarioOptions = {},
): Promise<Ran> {
  const simulation = new Simulation({ seed: 1, latencyMs: 5, ...options });
  const world = new World(simulation);
  await build(world);
  world.quietWhen(() => true);
  try {
    await new Scenario(world, options).run();
  } finally {
    world.close();
  }
  return { simulation, world, problems: simulation.problems.map(({ check, message }) => `${check}: ${message}`) };
}
