import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { PgDatabase } from '@holdfast/sql/pg';
import { SqlTransport } from '@holdfast/transports/sql';
import Database from 'better-sqlite3';
import pg from 'pg';

/*
 * A consumer as a process of its own. Prints what it was given, one line each; on the line "ack" it acks everything that it
 * holds, and prints how each ended.
 */

export interface ConsumingOptions {
  /** Of PostgreSQL, or the path of a SQLite file. */
  readonly where: string;
  readonly prefix: string;
  readonly queue: string;
  readonly max: number;
  /** Whether it acks by itself. */
  readonly acks: boolean;
}

const { where, prefix, queue, max, acks }: ConsumingOptions = JSON.parse(process.argv[2] ?? '');
const { TableNames } = await import('@holdfast/sql');

function open() {
  if (!where.startsWith('postgres')) return new BetterSqlite3Database(new Database(where, { timeout: 10_000 }));
  const pool = new pg.Pool({ connectionString: where, max: 4 });
  pool.on('error', () => {});
  return new PgDatabase(pool);
}

const transport = new SqlTransport({ database: open(), names: new TableNames({ prefix }) });
const reader = transport.reader(queue);
const say = (line: string) => process.stdout.write(`${line}\n`);

process.stdin.on('data', async () => {
  for (const delivery of held.splice(0)) {
    await delivery.ack().then(
      () => say(`acked ${delivery.envelope.id}`),
      (error) => say(`${error.code} ${delivery.envelope.id}`),
    );
  }
});

const held = [...(await reader.pull(max, { waitMs: 60_000 }))];
for (const { envelope } of held) say(`got ${envelope.id}`);
say('holding');
while (acks) {
  for (const delivery of held.splice(0)) {
    await delivery.ack();
    say(`acked ${delivery.envelope.id}`);
  }
  held.push(...(await reader.pull(max, { waitMs: 60_000 })));
  for (const { envelope } of held) say(`got ${envelope.id}`);
}
