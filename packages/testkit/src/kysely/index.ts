export { simulatedSqliteDialect } from './simulated-sqlite-dialect.ts';
