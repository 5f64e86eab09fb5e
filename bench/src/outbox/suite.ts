import type { BenchSuite } from '../harness/bench-row.ts';
import { readPostgres } from './read-postgres.ts';

export const outboxSuite: BenchSuite = {
  name: 'outbox',
  rows: [readPostgres],
};
