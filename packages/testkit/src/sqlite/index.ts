export type { SqliteHandle } from './driver.ts';
export { LocalRunner } from './local-runner.ts';
export { SimulatedSqlite, type SimulatedSqliteOptions } from './simulated-sqlite.ts';
export { SqliteTemplate } from './sqlite-template.ts';
