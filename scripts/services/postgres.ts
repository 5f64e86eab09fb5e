import { ForeignService } from './foreign-service.ts';
import { OwnService, startServer } from './own-service.ts';
import type { PostgresMajor } from './postgres-binaries.ts';
import type { Service } from './service.ts';

export interface StartPostgresOptions {
  readonly major: PostgresMajor;
  /**
   * Start a server of our own even when HOLDFAST_TEST_PG<major>_URL names one: for tests that stop, restart or configure it.
   * @default false
   */
  readonly own?: boolean;
  /** Server settings, for example `{ fsync: 'off' }`; only with `own`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A real PostgreSQL server. */
export type PostgresService = Service;

/** The server that HOLDFAST_TEST_PG<major>_URL names, else a fresh one of our own; ready when this resolves. */
export async function startPostgres({ major, own = false, settings }: StartPostgresOptions): Promise<PostgresService> {
  const url = process.env[`HOLDFAST_TEST_PG${major}_URL`];
  if (url !== undefined && url !== '' && !own && settings === undefined) {
    return new ForeignService({ url, defaultPort: 5432, name: 'PostgreSQL', start: 'startPostgres' });
  }
  return new OwnService(await startServer('postgres', { major, ...(settings === undefined ? {} : { settings }) }));
}
