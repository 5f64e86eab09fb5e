import { summarizeError, type Telemetry } from '@holdfast/core';
import type { EffectEvent, EffectEventListener } from './effect-event.ts';
import type { EffectRecord } from './store/effect-record.ts';
import type { EffectStats } from './store/effect-review-store.ts';

/**
 * What became of a `perform` or a verification. `performed`: called and done; `returned`: kept before; `resolved`: found out, either
 * way; `freed`: certainly not done.
 */
export type EffectOutcome =
  | 'performed'
  | 'returned'
  | 'unknown'
  | 'resolved'
  | 'parked'
  | 'refused'
  | 'freed'
  | 'busy'
  | 'late';

const OUTCOMES = { name: 'holdfast.effects.outcomes', unit: '{effect}', description: 'What became of effects.' };
const OPEN = { name: 'holdfast.effects.open', unit: '{effect}', description: 'Effects that are not settled.' };
const OLDEST = { name: 'holdfast.effects.oldest_age', unit: 's', description: 'Since when the oldest is not settled.' };

export interface EffectReporterOptions {
  readonly journal: string;
  readonly telemetry: Telemetry;
  readonly onEvent: EffectEventListener | undefined;
}

/** Counts outcomes and tells the owner. Never throws: reporting must not change what it reports on. */
export class EffectReporter {
  readonly #options: EffectReporterOptions;
  readonly #attributes: { readonly 'messaging.destination.name': string };

  constructor(options: EffectReporterOptions) {
    this.#options = options;
    this.#attributes = { 'messaging.destination.name': options.journal };
  }

  count(outcome: EffectOutcome): void {
    this.#options.telemetry.add(OUTCOMES, 1, { ...this.#attributes, 'holdfast.outcome': outcome });
  }

  unknown({ key, idempotencyKey }: EffectRecord, reason: string): void {
    this.count('unknown');
    this.emit({ type: 'unknown', key, idempotencyKey, reason });
  }

  resolved({ key, idempotencyKey }: EffectRecord, happened: boolean): void {
    this.count('resolved');
    this.emit({ type: 'resolved', key, idempotencyKey, happened });
  }

  parked({ key, idempotencyKey }: EffectRecord, reason: string): void {
    this.count('parked');
    this.emit({ type: 'parked', key, idempotencyKey, reason });
  }

  refused({ key, idempotencyKey }: EffectRecord, reason: string): void {
    this.count('refused');
    this.emit({ type: 'refused', key, idempotencyKey, reason });
  }

  late({ key, idempotencyKey }: Pick<EffectRecord, 'key' | 'idempotencyKey'>, kept: boolean): void {
    this.count('late');
    this.emit({ type: 'late-result', key, idempotencyKey, kept });
  }

  error(activity: string, error: unknown): void {
    this.emit({ type: 'error', activity, error: summarizeError(error) });
  }

  emit(event: EffectEvent): void {
    try {
      this.#options.onEvent?.(event);
    } catch {
      // A listener that throws must not turn a charge that was made into a failure.
    }
  }

  /** Reports what is open whenever metrics are collected, until the returned function is called. */
  observe(stats: () => Promise<EffectStats>): () => void {
    const { telemetry } = this.#options;
    const of = (state: string, value: number) => ({
      value,
      attributes: { ...this.#attributes, 'holdfast.state': state },
    });
    const ends = [
      telemetry.observe(OPEN, async () => {
        const { calling, unknown, parked } = await stats();
        return [of('calling', calling), of('unknown', unknown), of('parked', parked)];
      }),
      telemetry.observe(OLDEST, async () => {
        const { oldestUnknownMs, oldestParkedMs } = await stats();
        return [of('unknown', oldestUnknownMs / 1_000), of('parked', oldestParkedMs / 1_000)];
      }),
    ];
    return () => {
      for (const end of ends) end();
    };
  }
}
