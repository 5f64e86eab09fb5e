import { describeSagaWorker } from './describe-saga-worker.ts';
import { sqliteWorld } from './saga-world.ts';

describeSagaWorker('SQLite', () => sqliteWorld());
