import { booleanOption, integerOption } from '@holdfast/core';
import { MAX_PARKED_KEYS } from '../store/max-parked-keys.ts';
import type { PoisonPolicies } from './poison-policy.ts';

/** How a relay works. All have defaults that fit most services. */
export interface RelaySettings {
  /** Most messages of one lane that wait for a receipt. @default 1_000 */
  readonly windowSize?: number;
  /** Most messages of one `publish`. @default 100 */
  readonly batchSize?: number;
  /** Most messages of one read of the log. @default 1_000 */
  readonly pageSize?: number;
  /** Reads ask for fewer messages when their bodies would exceed this together, in bytes. @default 4 MiB */
  readonly pageBytes?: number;
  /**
   * Shortest time between two records of the cursor, in milliseconds. What was published since the last one is
   * published again after a crash. @default 50
   */
  readonly cursorIntervalMs?: number;
  /** How long a lane stays with a process that has stopped answering, in milliseconds. @default 15_000 */
  readonly leaseMs?: number;
  /** Shortest and longest wait between two looks at an idle log, in milliseconds. @default 5 and 500 */
  readonly pollMinMs?: number;
  readonly pollMaxMs?: number;
  /**
   * Longest wait between two probes of a destination that is unavailable, in milliseconds. The first wait is at most
   * 100; the bound doubles. @default 10_000
   */
  readonly probeMaxMs?: number;
  /**
   * Whether a key waits for the receipt of its last message before its next one is sent. Without it, messages of a key
   * that were in flight when an earlier one of that key was rejected may have been delivered. Costs throughput when few
   * keys have many messages. @default false
   */
  readonly strictKeys?: boolean;
  /** What happens to a message that the destination rejects. @default park */
  readonly policies?: PoisonPolicies;
  /** From this many parked keys in a lane on, a further rejection blocks the lane instead. @default 10_000 */
  readonly maxParkedKeys?: number;
}

export function relaySettings(given: RelaySettings): Required<RelaySettings> {
  const integer = (name: Exclude<keyof RelaySettings, 'strictKeys' | 'policies'>, range: IntegerRange) =>
    integerOption(name, given[name], range);
  const pollMinMs = integer('pollMinMs', { min: 1, max: 60_000, default: 5 });
  return {
    windowSize: integer('windowSize', { min: 1, max: 100_000, default: 1_000 }),
    batchSize: integer('batchSize', { min: 1, max: 10_000, default: 100 }),
    pageSize: integer('pageSize', { min: 1, max: 100_000, default: 1_000 }),
    pageBytes: integer('pageBytes', { min: 1, max: 2 ** 30, default: 4 * 1024 * 1024 }),
    cursorIntervalMs: integer('cursorIntervalMs', { min: 0, max: 60_000, default: 50 }),
    leaseMs: integer('leaseMs', { min: 500, max: 3_600_000, default: 15_000 }),
    pollMinMs,
    pollMaxMs: integer('pollMaxMs', { min: pollMinMs, max: 600_000, default: Math.max(500, pollMinMs) }),
    probeMaxMs: integer('probeMaxMs', { min: 1, max: 3_600_000, default: 10_000 }),
    strictKeys: booleanOption('strictKeys', given.strictKeys, false),
    policies: given.policies ?? {},
    maxParkedKeys: integer('maxParkedKeys', { min: 0, max: MAX_PARKED_KEYS, default: 10_000 }),
  };
}

interface IntegerRange {
  readonly min: number;
  readonly max: number;
  readonly default: number;
}
