export { PostgresServer, type PostgresServerOptions } from './postgres-server.ts';
export type { QueryAnswer, QueryInput, QueryInputConfig } from './query-input.ts';
export type { SimulatedClient } from './simulated-client.ts';
export type { SimulatedPool, SimulatedPoolOptions } from './simulated-pool.ts';
export { type RowsAtRest, SimulatedPostgres } from './simulated-postgres.ts';
