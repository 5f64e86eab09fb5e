import type { SqlStatement } from '../statement.ts';
import type { PgQueryConfig } from './pg-client.ts';

/** Our statement as the driver takes it. */
export function pgQueryConfig({ text, values, name }: SqlStatement, timeoutMs?: number): PgQueryConfig {
  const config: PgQueryConfig = { text };
  if (values.length > 0) {
    // The driver's types are mutable; it only reads.
    config.values = values as unknown[];
  }
  if (name !== undefined) {
    config.name = name;
  }
  if (timeoutMs !== undefined) {
    config.query_timeout = timeoutMs;
  }
  return config;
}
