import { describeSagaWorker } from './describe-saga-worker.ts';
import { postgresWorld } from './saga-world.ts';

for (const version of [15, 18] as const) describeSagaWorker(`PostgreSQL ${version}`, () => postgresWorld(version));
