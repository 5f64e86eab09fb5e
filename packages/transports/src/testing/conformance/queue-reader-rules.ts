import type { ConformanceRule } from './conformance-rule.ts';
import type { QueueReaderCapability, QueueReaderFixture } from './queue-reader-fixture.ts';
import { leaseRules } from './queue-reader-lease-rules.ts';
import { pullRules } from './queue-reader-pull-rules.ts';
import { settlementRules } from './queue-reader-settlement-rules.ts';

/** Every rule of the contract {@link QueueReader}. */
export const queueReaderRules: readonly ConformanceRule<QueueReaderFixture, QueueReaderCapability>[] = [
  ...pullRules,
  ...leaseRules,
  ...settlementRules,
];
