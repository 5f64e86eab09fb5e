import { checkedData } from '../decide/checked-data.ts';
import type { StateDefinition } from '../definition/saga-definition.ts';
import { SagaDataError } from '../errors/saga-data-error.ts';
import type { SagaParts } from '../runtime/saga-parts.ts';
import type { ListedSaga, SagaCount, SagaListQuery } from '../store/saga-queries.ts';

const CHUNK = 200;
const MAX_PATHS = 10;

export interface ExaminedData {
  readonly examined: number;
  /** Whose data does not fit. */
  readonly unfit: number;
  readonly paths: readonly string[];
  readonly sample: readonly string[];
}

export interface ExaminationOptions {
  readonly state: StateDefinition;
  /** At most so many instances. */
  readonly limit: number;
  readonly sample: number;
  readonly signal: AbortSignal | undefined;
}

/** Looks into the data of instances of one version in one state, chunk by chunk, the oldest first. */
export class DataExamination<Tx> {
  readonly #parts: Pick<SagaParts<Tx>, 'store' | 'transactions'>;

  constructor(parts: Pick<SagaParts<Tx>, 'store' | 'transactions'>) {
    this.#parts = parts;
  }

  async run({ saga, definitionVersion, kind }: SagaCount, options: ExaminationOptions): Promise<ExaminedData> {
    const { state, limit, sample, signal } = options;
    const place = { saga, state: state.name, schema: state.schema };
    const paths = new Set<string>();
    const unfit: string[] = [];
    let examined = 0;
    let after: SagaListQuery['after'];
    while (examined < limit) {
      signal?.throwIfAborted();
      const chunk = await this.#chunk({
        saga,
        definitionVersions: [definitionVersion],
        states: [state.name],
        kinds: [kind],
        after,
        limit: Math.min(CHUNK, limit - examined),
      });
      for (const { key, data } of chunk) {
        const problems = problemsOf(place, data);
        if (problems.length > 0) unfit.push(key);
        for (const path of problems.slice(0, MAX_PATHS - paths.size)) paths.add(path);
      }
      examined += chunk.length;
      after = chunk.at(-1);
      if (after === undefined) break;
    }
    return { examined, unfit: unfit.length, paths: [...paths], sample: unfit.slice(0, sample) };
  }

  #chunk(query: SagaListQuery): Promise<readonly ListedSaga[]> {
    const { store, transactions } = this.#parts;
    return store.queries.list(transactions, query);
  }
}

/** Paths, never values. */
function problemsOf(place: Parameters<typeof checkedData>[0], json: string): readonly string[] {
  try {
    checkedData(place, JSON.parse(json));
    return [];
  } catch (error) {
    // A schema that throws cannot carry it either.
    return error instanceof SagaDataError ? error.paths : ['data'];
  }
}
