import type { BenchSuite } from '../harness/bench-row.ts';
import { effects } from './effects.ts';
import { httpPostgres } from './http-postgres.ts';
import { httpSqlite } from './http-sqlite.ts';
import { memory } from './memory.ts';
import { rabbitmq } from './rabbitmq.ts';
import { rabbitmqReplication } from './rabbitmq-replication.ts';
import { records } from './records.ts';
import { sqlite } from './sqlite.ts';

export const inboxSuite: BenchSuite = {
  name: 'inbox',
  rows: [rabbitmq, rabbitmqReplication, memory, records, sqlite, httpPostgres, httpSqlite, effects],
};
