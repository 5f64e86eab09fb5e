import { SimulatedSqlite, type SqliteTemplate } from '@holdfast/testkit/sqlite';
import { runWorld } from '../../src/campaign/run-world.ts';
import type { Fault } from '../../src/faults/fault.ts';
import { PlanFaults } from '../../src/faults/plan-faults.ts';

export interface InAProcessOptions {
  readonly seed?: number;
  readonly faults?: readonly Fault[];
  readonly template?: SqliteTemplate;
}

/** Runs `body` in a simulated process with a database, as the only thing of a run; rejects as it does, and with the run's problems. */
export async function inAProcess(
  body: (database: SimulatedSqlite) => Promise<void>,
  { seed = 1, faults = [], template }: InAProcessOptions = {},
): Promise<void> {
  const failures: unknown[] = [];
  const { problems } = await runWorld(
    {
      world: async (world) => {
        const database = await SimulatedSqlite.open(world, 'db', {
          server: true,
          ...(template === undefined ? {} : { template }),
        });
        world.client('test', async () => {
          try {
            await body(database);
          } catch (error) {
            failures.push(error);
          }
        });
      },
    },
    { seed, faults: new PlanFaults(faults) },
  );
  if (failures.length > 0) throw failures[0];
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('\n'));
}
