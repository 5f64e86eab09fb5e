import type { BenchSuite } from '../harness/bench-row.ts';
import { backlogCost } from './backlog-cost.ts';
import { idleLoad } from './idle-load.ts';
import { latency } from './latency.ts';
import { readPostgres } from './read-postgres.ts';
import { readSqlite } from './read-sqlite.ts';
import { relayMemory } from './relay-memory.ts';
import { relayRate } from './relay-rate.ts';
import { tableSize } from './table-size.ts';
import { writePeers } from './write-peers.ts';
import { writeManyPostgres, writePostgres } from './write-postgres.ts';
import { writeSqlite } from './write-sqlite.ts';

export const outboxSuite: BenchSuite = {
  name: 'outbox',
  rows: [
    writePostgres,
    writeManyPostgres,
    writePeers,
    writeSqlite,
    readPostgres,
    readSqlite,
    relayRate,
    latency,
    backlogCost,
    tableSize,
    relayMemory,
    idleLoad,
  ],
};
