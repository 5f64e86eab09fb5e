export type { SqliteHandle } from './driver.ts';
export { LocalRunner } from './local-runner.ts';
export { ServerRunner, type ServerRunnerOptions } from './server-runner.ts';
export { SimulatedSqlite, type SimulatedSqliteOptions } from './simulated-sqlite.ts';
export { SimulatedTransaction } from './simulated-transaction.ts';
export { SqliteTemplate } from './sqlite-template.ts';
