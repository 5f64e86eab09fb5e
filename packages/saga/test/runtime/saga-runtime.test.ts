import { describeSagaRuntime } from './describe-saga-runtime.ts';
import { sqliteWorld } from './saga-world.ts';

describeSagaRuntime('SQLite', () => sqliteWorld());
