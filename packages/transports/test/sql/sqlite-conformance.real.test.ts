import { describeTransport } from '@holdfast/transports/testing';
import { describe, test } from 'vitest';
import { sqlCapabilities, sqliteWorld } from './sql-world.ts';

for (const order of ['none', 'key'] as const) {
  describeTransport(`SqlTransport on SQLite, order ${order}`, () => sqliteWorld(order), {
    describe,
    test: (name, run) => test(name, run, 60_000),
    capabilities: sqlCapabilities(order),
    without: ['network', 'restart'],
  });
}
