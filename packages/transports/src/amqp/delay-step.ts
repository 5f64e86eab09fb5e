/** The longest delay: a broker takes times of 32 bits. */
export const MAX_DELAY_MS = 2_000_000_000;

const MANTISSAS = [1, 1.5, 2, 3, 4, 5, 6, 8, 10] as const;

/**
 * The delay rounded up to one of eight steps in each power of ten, by at most half: each step is a queue, so that there are
 * few. A message comes later than asked for, never earlier.
 */
export function delayStep(delayMs: number): number {
  const wanted = Math.max(10, Math.ceil(delayMs));
  const power = 10 ** Math.floor(Math.log10(wanted));
  const mantissa = MANTISSAS.find((step) => step * power >= wanted) ?? 10;
  return Math.min(MAX_DELAY_MS, mantissa * power);
}
