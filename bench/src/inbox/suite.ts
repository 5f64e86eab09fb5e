import type { BenchSuite } from '../harness/bench-row.ts';
import { memory } from './memory.ts';

export const inboxSuite: BenchSuite = {
  name: 'inbox',
  rows: [memory],
};
