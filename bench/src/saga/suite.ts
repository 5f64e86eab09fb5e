import type { BenchSuite } from '../harness/bench-row.ts';
import { instances } from './instances.ts';
import { sqlite } from './sqlite.ts';
import { timers } from './timers.ts';
import { timedTransitions, transitions } from './transitions.ts';
import { workflows } from './workflows.ts';

export const sagaSuite: BenchSuite = {
  name: 'saga',
  rows: [transitions, timedTransitions, workflows, sqlite, timers, instances],
};
