import { describeTransport } from '@holdfast/transports/testing';
import { afterAll, beforeAll, describe, vi, test as vitestTest } from 'vitest';
import { type Emulator, startEmulator } from './emulator.ts';
import { openSqsWorld, sqsCapabilities } from './sqs-world.ts';

// Rules wait for leases and deadlines most of the time.
vi.setConfig({ maxConcurrency: 12 });

let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator();
});

afterAll(() => emulator.close());

const test = (name: string, run: () => Promise<void>) => vitestTest.concurrent(name, { timeout: 90_000 }, run);

for (const [name, fifo] of [
  ['SNS to SQS standard', false],
  ['SNS to SQS FIFO', true],
] as const) {
  const variant = { fifo, fanOut: true };
  describeTransport(name, () => openSqsWorld({ emulator, ...variant }), {
    describe,
    test,
    capabilities: sqsCapabilities(variant),
    without: ['restart'],
  });
}
