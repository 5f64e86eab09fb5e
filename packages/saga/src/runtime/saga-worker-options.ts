import { integerOption, stringOption } from '@holdfast/core';
import type { LeaseStore } from '@holdfast/sql';
import type { SagaParts } from './saga-parts.ts';
import type { SagaRuntime } from './saga-runtime.ts';

export interface SagaWorkerOptions<Tx> {
  readonly runtime: Pick<SagaRuntime<Tx>, 'parts'>;
  /**
   * With it one worker of all processes works, and the others stand by to take over: `new PostgresLeaseStore({ database })`.
   * @default every worker works, which is as right and costs more looks and conflicts
   */
  readonly leases?: LeaseStore;
  /** Workers of the same name stand by for each other. @default `saga timers of ` and the names of the sagas */
  readonly leaseName?: string;
  /** How long a worker that went away keeps others from taking over, in milliseconds. @default 10_000 */
  readonly leaseMs?: number;
  /**
   * The longest pause between two looks at the timers, in milliseconds. Timers that were set before, or in this process, are fired when
   * they run out; one of another process that runs out sooner than this is fired this late. @default 1_000
   */
  readonly pollMs?: number;
  /** Most timers that one transaction fires. @default 100 */
  readonly batchSize?: number;
  /** The first pause before a timer that failed is tried again, in milliseconds; it doubles. @default 1_000 */
  readonly retryMinMs?: number;
  /** The longest one. @default 60_000 */
  readonly retryMaxMs?: number;
  /** Between two clean-ups, in milliseconds. @default 60_000 */
  readonly purgeEveryMs?: number;
  /** Instances that one statement removes. @default 500 on PostgreSQL, 100 on SQLite, where writers wait for it */
  readonly purgeChunk?: number;
}

export interface SagaWorkerSettings {
  readonly leaseName: string;
  readonly leaseMs: number;
  readonly pollMs: number;
  readonly batchSize: number;
  readonly retry: { readonly minMs: number; readonly maxMs: number };
  readonly purgeEveryMs: number;
  readonly purgeChunk: number;
}

const DAY_MS = 86_400_000;

/** @throws InvalidOptionError */
export function sagaWorkerSettings<Tx>(
  options: SagaWorkerOptions<Tx>,
  { definitions, store }: SagaParts<Tx>,
): SagaWorkerSettings {
  const minMs = integerOption('retryMinMs', options.retryMinMs, { min: 1, max: DAY_MS, default: 1_000 });
  return {
    leaseName: stringOption(
      'leaseName',
      options.leaseName ?? `saga timers of ${[...definitions.sagas].sort().join(', ')}`,
      { maxBytes: 8_192 },
    ),
    leaseMs: integerOption('leaseMs', options.leaseMs, { min: 100, max: DAY_MS, default: 10_000 }),
    pollMs: integerOption('pollMs', options.pollMs, { min: 1, max: DAY_MS, default: 1_000 }),
    batchSize: integerOption('batchSize', options.batchSize, { min: 1, max: 10_000, default: 100 }),
    retry: {
      minMs,
      maxMs: integerOption('retryMaxMs', options.retryMaxMs, {
        min: minMs,
        max: DAY_MS,
        default: Math.max(minMs, 60_000),
      }),
    },
    purgeEveryMs: integerOption('purgeEveryMs', options.purgeEveryMs, { min: 1, max: DAY_MS, default: 60_000 }),
    purgeChunk: integerOption('purgeChunk', options.purgeChunk, {
      min: 1,
      max: 10_000,
      default: store.dialect === 'sqlite' ? 100 : 500,
    }),
  };
}
