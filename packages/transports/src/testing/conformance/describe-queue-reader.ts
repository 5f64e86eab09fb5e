import { type ConformanceOptions, describeRules } from './conformance-rule.ts';
import type { QueueReaderCapability, QueueReaderFixture } from './queue-reader-fixture.ts';
import { queueReaderRules } from './queue-reader-rules.ts';

/** Holds an adapter against the contract of {@link QueueReader}: one test for each rule, on a fixture of its own. */
export function describeQueueReader(
  name: string,
  createFixture: () => Promise<QueueReaderFixture>,
  options: ConformanceOptions<QueueReaderCapability>,
): void {
  options.describe(`${name} keeps the contract of QueueReader`, () => {
    describeRules(queueReaderRules, createFixture, options);
  });
}
