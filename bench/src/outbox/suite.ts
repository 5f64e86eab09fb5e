import type { BenchSuite } from '../harness/bench-row.ts';
import { readPostgres } from './read-postgres.ts';
import { readSqlite } from './read-sqlite.ts';
import { writePeers } from './write-peers.ts';
import { writeManyPostgres, writePostgres } from './write-postgres.ts';
import { writeSqlite } from './write-sqlite.ts';

export const outboxSuite: BenchSuite = {
  name: 'outbox',
  rows: [writePostgres, writeManyPostgres, writePeers, writeSqlite, readPostgres, readSqlite],
};
