import { type FaultKind, faultKinds } from '../faults/fault.ts';

/** What a campaign did, as data. */
export interface CampaignFigures {
  readonly name: string;
  /** Different seeds that were run. */
  readonly seeds: number;
  /** Runs that broke a rule: the first one ends a campaign. */
  readonly violations: number;
  /** Saved plans that were replayed first. */
  readonly plans: number;
  /** Saved plans with a fault whose site does not come any more. */
  readonly stalePlans: readonly string[];
  /** Runs that were made once more, and took the same course. */
  readonly repeated: number;
  readonly steps: number;
  readonly virtualMs: number;
  readonly realMs: number;
  /** How many runs had a fault. */
  readonly disturbed: number;
  /** How often each kind happened; 0 for one that was asked for by name and never did. */
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  /** In how many runs each condition was met. */
  readonly seen: Readonly<Record<string, number>>;
  readonly distinctTraces: number;
}

/** What a campaign has done. */
export class CampaignReport {
  readonly figures: CampaignFigures;

  constructor(figures: CampaignFigures) {
    this.figures = figures;
  }

  /** What processes that shared a campaign have done together. Traces of different shares count as different. */
  static merge(shares: readonly CampaignFigures[]): CampaignReport {
    const sum = (of: (figures: CampaignFigures) => number) => shares.reduce((total, figures) => total + of(figures), 0);
    const most = (of: (figures: CampaignFigures) => number) => Math.max(0, ...shares.map(of));
    return new CampaignReport({
      name: shares[0]?.name ?? '',
      seeds: sum(({ seeds }) => seeds),
      violations: sum(({ violations }) => violations),
      // Each share replays them all.
      plans: most(({ plans }) => plans),
      stalePlans: [...new Set(shares.flatMap(({ stalePlans }) => stalePlans))],
      repeated: sum(({ repeated }) => repeated),
      steps: sum(({ steps }) => steps),
      virtualMs: sum(({ virtualMs }) => virtualMs),
      realMs: most(({ realMs }) => realMs),
      disturbed: sum(({ disturbed }) => disturbed),
      faults: added(shares.map(({ faults }) => faults)),
      seen: added(shares.map(({ seen }) => seen)),
      distinctTraces: sum(({ distinctTraces }) => distinctTraces),
    });
  }

  /** Conditions that had to be seen and were not. */
  get unseen(): readonly string[] {
    return Object.entries(this.figures.seen)
      .filter(([, runs]) => runs === 0)
      .map(([condition]) => condition);
  }

  /** Runs per second of real time, those that were made once more included. */
  get runsPerSecond(): number {
    const { seeds, plans, repeated, realMs } = this.figures;
    return realMs === 0 ? 0 : ((seeds + plans + repeated) * 1_000) / realMs;
  }

  /**
   * With a confidence of 95 %, a run fails less often than this (rule of three), for faults that are drawn as these were.
   * It says nothing about faults that are not modelled. 1 when a run has failed: nothing is promised then.
   */
  get failureBound(): number {
    const { seeds, violations } = this.figures;
    return seeds === 0 || violations > 0 ? 1 : Math.min(1, 3 / seeds);
  }

  toJSON(): CampaignFigures & { readonly runsPerSecond: number; readonly failureBound: number } {
    return { ...this.figures, runsPerSecond: this.runsPerSecond, failureBound: this.failureBound };
  }

  toText(): string {
    const { name, seeds, plans, stalePlans, repeated, steps, virtualMs, disturbed, distinctTraces } = this.figures;
    const lines = [
      `simulation "${name}": ${this.#violations()} in ${count(seeds)} seeds`,
      `  saved plans      ${count(plans)} replayed${stalePlans.length === 0 ? '' : `, ${stalePlans.length} with faults whose site does not come any more: ${stalePlans.join(', ')}`}`,
      `  repeated         ${count(repeated)} runs made twice, with equal traces`,
      `  steps            ${count(steps)}`,
      `  virtual time     ${duration(virtualMs)}`,
      `  real time        ${duration(this.figures.realMs)}, ${count(Math.round(this.runsPerSecond))} runs/s`,
      `  distinct traces  ${count(distinctTraces)}`,
      `  disturbed runs   ${count(disturbed)}`,
      `  faults           ${this.#faults() || 'none'}`,
      `  seen             ${this.#seen() || 'nothing was asked for'}`,
      `  bound            ${this.#bound()}`,
    ];
    return lines.join('\n');
  }

  #violations(): string {
    const { violations } = this.figures;
    return violations === 1 ? '1 violation' : `${count(violations)} violations`;
  }

  #bound(): string {
    if (this.figures.violations > 0) return 'none, since a run failed';
    return `a run fails with a probability below ${this.failureBound.toExponential(1)} (95 %, rule of three), for these faults`;
  }

  #faults(): string {
    const { faults } = this.figures;
    const happened = faultKinds
      .filter((kind) => (faults[kind] ?? 0) > 0)
      .map((kind) => `${kind} ${count(faults[kind] ?? 0)}`);
    const missing = faultKinds.filter((kind) => faults[kind] === 0);
    const never = missing.length === 0 ? [] : [`never, though asked for: ${missing.join(', ')}`];
    return [...happened, ...never].join(', ');
  }

  #seen(): string {
    return Object.entries(this.figures.seen)
      .map(([condition, runs]) => `${condition} in ${count(runs)} runs`)
      .join(', ');
  }
}

function added(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  // A map, for names like "constructor".
  const total = new Map<string, number>();
  for (const [name, value] of counts.flatMap((each) => Object.entries(each))) {
    total.set(name, (total.get(name) ?? 0) + value);
  }
  return Object.fromEntries(total);
}

function count(value: number): string {
  return value.toLocaleString('en');
}

function duration(ms: number): string {
  const units = [
    ['years', 31_557_600_000],
    ['days', 86_400_000],
    ['hours', 3_600_000],
    ['minutes', 60_000],
    ['seconds', 1_000],
  ] as const;
  const [unit, size] = units.find(([, least]) => ms >= 2 * least) ?? ['ms', 1];
  return `${(ms / size).toLocaleString('en', { maximumFractionDigits: 1 })} ${unit}`;
}
