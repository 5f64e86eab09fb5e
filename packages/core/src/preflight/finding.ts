/** What `preflight()` says about one setting. */
export interface Finding {
  /** `refuse`: a promise does not hold with this setting. `warn`: it holds, at a price or a risk. */
  readonly level: FindingLevel;
  /** The setting: `postgres.synchronous_commit`. */
  readonly subject: string;
  /** One sentence: what was found, and what to do. */
  readonly message: string;
}

export type FindingLevel = 'ok' | 'warn' | 'refuse';

const LEVELS: readonly FindingLevel[] = ['ok', 'warn', 'refuse'];

/** The worst level among the findings; `ok` when there are none. */
export function worstLevel(findings: readonly Finding[]): FindingLevel {
  const worst = findings.reduce((level, finding) => Math.max(level, LEVELS.indexOf(finding.level)), 0);
  return LEVELS[worst] ?? 'refuse';
}
