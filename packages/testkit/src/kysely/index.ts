export {
  type SessionLike,
  type SimulatedSqliteDialectOptions,
  type SimulatedSqliteLike,
  simulatedSqliteDialect,
} from './simulated-sqlite-dialect.ts';
