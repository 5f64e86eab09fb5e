import { runWorld } from '../../src/campaign/run-world.ts';
import type { Simulation } from '../../src/kernel/simulation.ts';

export interface InProcessOptions {
  readonly seed?: number;
  readonly time?: 'virtual' | 'refuse';
  readonly strict?: boolean;
}

export interface InProcessResult<Result> {
  readonly result: Result | undefined;
  readonly problems: readonly string[];
  readonly simulation: Simulation;
}

/** Runs it in a simulated process, and tells what it returned and what was wrong with the run. */
export async function inProcess<Result>(
  work: () => Result | Promise<Result>,
  { seed = 1, time = 'virtual', strict = false }: InProcessOptions = {},
): Promise<InProcessResult<Result>> {
  const results: Result[] = [];
  const { problems, simulation } = await runWorld(
    {
      time,
      world: (world) => {
        world.client('user', async () => {
          results.push(await work());
        });
        world.quietWhen(() => true);
      },
    },
    { seed, strict },
  );
  return { result: results[0], problems: problems.map(({ message }) => message), simulation };
}
