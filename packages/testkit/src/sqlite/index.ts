export type { SqliteHandle } from './driver.ts';
export { LocalRunner } from './local-runner.ts';
export { NotSimulatedError } from './not-simulated-error.ts';
export { ServerRunner, type ServerRunnerOptions } from './server-runner.ts';
export { SimulatedSqlite, type SimulatedSqliteOptions } from './simulated-sqlite.ts';
export { SimulatedTransaction } from './simulated-transaction.ts';
export { SqliteTemplate } from './sqlite-template.ts';
export { TemplateFailedError } from './template-failed-error.ts';
