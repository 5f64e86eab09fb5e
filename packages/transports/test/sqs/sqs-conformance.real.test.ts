import { describeTransport } from '@holdfast/transports/testing';
import { afterAll, beforeAll, describe, vi, test as vitestTest } from 'vitest';
import { type Emulator, startEmulator } from './emulator.ts';
import { openSqsWorld, sqsCapabilities } from './sqs-world.ts';

// Rules wait for leases and deadlines most of the time.
vi.setConfig({ maxConcurrency: 8 });

let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator();
});

afterAll(() => emulator.close());

const test = (name: string, run: () => Promise<void>) => vitestTest.concurrent(name, { timeout: 90_000 }, run);

const variants = {
  'SQS standard': { fifo: false, fanOut: false },
  'SQS FIFO': { fifo: true, fanOut: false },
  'SNS to SQS standard': { fifo: false, fanOut: true },
  'SNS to SQS FIFO': { fifo: true, fanOut: true },
};

for (const [name, variant] of Object.entries(variants)) {
  describeTransport(name, () => openSqsWorld({ emulator, ...variant }), {
    describe,
    test,
    capabilities: sqsCapabilities(variant),
    without: ['restart'],
  });
}
