/** What several rounds of the same measurement came to. */
export interface Summary {
  readonly median: number;
  /** Half of the interquartile range, as a share of the median: how far a typical round is off. */
  readonly spread: number;
  readonly samples: readonly number[];
}

/** @throws TypeError without samples */
export function summaryOf(samples: readonly number[]): Summary {
  const sorted = [...samples].sort((a, b) => a - b);
  const median = quantile(sorted, 0.5);
  const range = quantile(sorted, 0.75) - quantile(sorted, 0.25);
  return { median, spread: median === 0 ? 0 : Math.abs(range / 2 / median), samples };
}

/**
 * The ratio of two contenders that took turns, from the ratios of their rounds: what disturbs the machine for longer
 * than a round disturbs both, and drops out.
 */
export function ratioOf(samples: readonly number[], base: readonly number[]): Summary {
  if (samples.length !== base.length) throw new TypeError('contenders that took turns have as many rounds');
  return summaryOf(samples.map((sample, round) => sample / (base[round] ?? Number.NaN)));
}

/** Interpolates between neighbours, of values in ascending order. */
export function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const low = sorted[Math.floor(place)];
  const high = sorted[Math.ceil(place)];
  if (low === undefined || high === undefined) throw new TypeError('nothing was measured');
  return low + (high - low) * (place - Math.floor(place));
}
