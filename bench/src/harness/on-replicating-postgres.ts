import type { BenchContext } from './bench-row.ts';

/** Runs on a server of its own with `wal_level = logical`, which the server of the other rows does not have. */
export async function onReplicatingPostgres<Result>(
  context: BenchContext,
  run: (context: BenchContext) => Promise<Result>,
): Promise<Result> {
  const server = await context.ownPostgres({ wal_level: 'logical' });
  try {
    return await run({ ...context, postgres: async () => server });
  } finally {
    await server.stop();
  }
}
