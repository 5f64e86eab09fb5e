import { describeTransport } from '@holdfast/transports/testing';
import { describe, test } from 'vitest';
import { postgresWorld, sqlCapabilities } from './sql-world.ts';

for (const version of [15, 18] as const) {
  for (const order of ['none', 'key'] as const) {
    describeTransport(`SqlTransport on PostgreSQL ${version}, order ${order}`, () => postgresWorld(version, order), {
      describe,
      test: (name, run) => test(name, run, 60_000),
      capabilities: sqlCapabilities(order),
      without: ['restart'],
    });
  }
}
