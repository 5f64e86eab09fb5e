import { integerOption } from '@holdfast/core';
import type { SagaDefinition } from '../definition/saga-definition.ts';
import type { SagaParts } from '../runtime/saga-parts.ts';
import type { SagaCount } from '../store/saga-queries.ts';
import type { WaitingCount } from '../store/saga-waiting-queries.ts';
import type {
  CompatibilityOptions,
  CompatibilityReport,
  Incompatibility,
  IncompatibilityKind,
} from './compatibility.ts';
import { DataExamination } from './data-examination.ts';
import { takesEvent, takesTimer } from './definition-fit.ts';
import { incompatibilityText } from './incompatibility-text.ts';

interface Checked {
  readonly sample: number;
  readonly dataLimit: number;
  readonly includeFinished: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Compares definitions with the instances in the database. Reads only, locks nothing. */
export class CompatibilityCheck<Tx> {
  readonly #parts: SagaParts<Tx>;

  constructor(parts: SagaParts<Tx>) {
    this.#parts = parts;
  }

  async run(options: CompatibilityOptions): Promise<CompatibilityReport> {
    const { definitions, store, transactions } = this.#parts;
    const sagas = (options.sagas ?? definitions.sagas).map((saga) => definitions.newest(saga).name);
    const checked: Checked = {
      sample: integerOption('sample', options.sample, { min: 1, max: 100, default: 5 }),
      dataLimit: integerOption('dataLimit', options.dataLimit, { min: 0, default: 10_000 }),
      includeFinished: options.includeFinished ?? false,
      signal: options.signal,
    };
    const query = { sagas, sample: checked.sample };
    const counts = await store.queries.counts(transactions, query);
    const placed = counts.flatMap((count) => this.#placeFinding(count) ?? []);
    const timers = await store.waiting.timers(transactions, query);
    const parked = await store.waiting.parked(transactions, query);
    const { findings, examined } = await this.#dataFindings(counts, checked);
    const inFlight = total(counts.filter(({ kind }) => kind !== 'final'));
    const known = total(counts.filter((count) => this.#stateOf(count) !== undefined));
    return {
      findings: [
        ...placed,
        ...findings,
        ...timers.flatMap((count) => this.#waitingFinding('timer', count) ?? []),
        ...parked.flatMap((count) => this.#waitingFinding('parked-event', count) ?? []),
      ],
      inFlight,
      finished: total(counts) - inFlight,
      examined,
      unexamined: Math.max(0, known - examined),
    };
  }

  #placeFinding(count: SagaCount): Incompatibility | null {
    const definition = this.#definition(count);
    if (definition === undefined) return finding('unknown-version', count);
    return definition.states.has(count.state) ? null : finding('unknown-state', count);
  }

  /** Those that are not known at all are told already. */
  #waitingFinding(kind: 'timer' | 'parked-event', count: WaitingCount): Incompatibility | null {
    const { saga, definitionVersion, state, name } = count;
    const definition =
      definitionVersion === null ? this.#parts.definitions.newest(saga) : this.#definition({ saga, definitionVersion });
    if (definition === undefined || (state !== null && !definition.states.has(state))) return null;
    const isTaken = kind === 'timer' ? takesTimer(definition, count) : takesEvent(definition, count);
    return isTaken ? null : finding(kind, count, [name]);
  }

  async #dataFindings(counts: readonly SagaCount[], checked: Checked) {
    const examination = new DataExamination(this.#parts);
    const findings: Incompatibility[] = [];
    let examined = 0;
    for (const count of counts) {
      const state = this.#stateOf(count);
      const isWanted = count.kind !== 'final' || checked.includeFinished;
      if (state === undefined || !isWanted || examined >= checked.dataLimit) continue;
      const limit = checked.dataLimit - examined;
      const found = await examination.run(count, { ...checked, state, limit });
      examined += found.examined;
      if (found.unfit === 0) continue;
      findings.push(finding('data', { ...count, instances: found.unfit, sample: found.sample }, found.paths));
    }
    return { findings, examined };
  }

  #definition({ saga, definitionVersion }: Pick<SagaCount, 'saga' | 'definitionVersion'>): SagaDefinition | undefined {
    return this.#parts.definitions.versions(saga).find(({ version }) => version === definitionVersion);
  }

  #stateOf(count: SagaCount) {
    return this.#definition(count)?.states.get(count.state);
  }
}

function finding(
  kind: IncompatibilityKind,
  { saga, definitionVersion, state, kind: stateKind, instances, sample }: SagaCount | WaitingCount,
  names: readonly string[] = [],
): Incompatibility {
  const found = {
    kind,
    saga,
    version: definitionVersion,
    state,
    stateKind,
    names,
    instances,
    sample,
    isFinished: stateKind === 'final',
  };
  return { ...found, message: incompatibilityText(found) };
}

function total(counts: readonly SagaCount[]): number {
  return counts.reduce((sum, { instances }) => sum + instances, 0);
}
