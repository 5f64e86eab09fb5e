import type { FaultKind } from '../faults/fault.ts';
import type { CampaignFigures } from './campaign-report.ts';
import type { RunOutcome } from './run-case.ts';

/** More are not told apart, for the memory's sake. */
const MOST_TRACES = 2_000_000;

/** Adds up what runs did. */
export class CampaignTally {
  seeds = 0;
  plans = 0;
  repeated = 0;
  violations = 0;
  readonly stalePlans: string[] = [];
  readonly #faults: Partial<Record<FaultKind, number>> = {};
  readonly #seen = new Map<string, number>();
  readonly #traces = new Set<string>();
  #steps = 0;
  #virtualMs = 0;
  #disturbed = 0;

  /** @param conditions Those that are counted from zero, since they must be seen; `kinds` of faults too, since they were asked for. */
  constructor(conditions: readonly string[], kinds: readonly FaultKind[] = []) {
    for (const condition of conditions) this.#seen.set(condition, 0);
    for (const kind of kinds) this.#faults[kind] = 0;
  }

  get runs(): number {
    return this.seeds + this.plans + this.repeated;
  }

  add({ steps, virtualMs, faults, seen, hash }: RunOutcome): void {
    this.#steps += steps;
    this.#virtualMs += virtualMs;
    if (faults.length > 0) this.#disturbed += 1;
    for (const { kind } of faults) this.#faults[kind] = (this.#faults[kind] ?? 0) + 1;
    for (const condition of seen.keys()) this.#seen.set(condition, (this.#seen.get(condition) ?? 0) + 1);
    if (this.#traces.size < MOST_TRACES) this.#traces.add(hash);
  }

  /** Whether anything went wrong by intent in any run. */
  get isDisturbed(): boolean {
    return this.#disturbed > 0;
  }

  hasSeen(condition: string): boolean {
    return (this.#seen.get(condition) ?? 0) > 0;
  }

  figures(name: string, realMs: number): CampaignFigures {
    return {
      name,
      seeds: this.seeds,
      violations: this.violations,
      plans: this.plans,
      stalePlans: [...this.stalePlans],
      repeated: this.repeated,
      steps: this.#steps,
      virtualMs: Math.round(this.#virtualMs),
      realMs: Math.round(realMs),
      disturbed: this.#disturbed,
      faults: { ...this.#faults },
      seen: Object.fromEntries(this.#seen),
      distinctTraces: this.#traces.size,
    };
  }
}
