import type { Results } from './alternate.ts';
import type { Check, Line } from './line.ts';

export interface ResultsLineOptions {
  readonly name: string;
  /** @default msg/s */
  readonly unit?: string;
  readonly checks?: readonly Check[];
}

/** The line of one contender. */
export function resultsLine(results: Results, { name, unit = 'msg/s', checks = [] }: ResultsLineOptions): Line {
  const { median, spread, samples } = results.perSecond(name);
  const server = results.serverMicros(name);
  return {
    what: name,
    value: median,
    unit,
    spread,
    samples,
    nodeMicros: results.nodeMicros(name).median,
    ...(server !== null && { serverMicros: server.median }),
    checks,
  };
}
