import { retryAfterMsOf } from '@holdfast/core';
import type { EffectSettings } from './effect-journal-options.ts';

const DAY_MS = 86_400_000;

/**
 * How long the provider asks to be left alone, in milliseconds, if it does; a day at most, and not beyond the time at which an effect is
 * parked: a header with a typing error must not hide an effect for years.
 */
export function askedPauseMs(error: unknown, { parkAfterMs }: Pick<EffectSettings, 'parkAfterMs'>): number | undefined {
  const askedMs = retryAfterMsOf(error);
  return askedMs === undefined ? undefined : Math.min(askedMs, parkAfterMs, DAY_MS);
}
