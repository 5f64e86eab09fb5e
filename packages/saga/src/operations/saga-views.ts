import { integerOption, stringOption } from '@holdfast/core';
import { InstanceNotFoundError } from '../errors/instance-not-found-error.ts';
import { REDACTED, redactedData } from '../runtime/redacted-data.ts';
import type { SagaParts } from '../runtime/saga-parts.ts';
import type { SagaId } from '../store/saga-id.ts';
import type { ListedSaga, TimedHistoryEntry, TimedParkedEvent } from '../store/saga-queries.ts';
import type {
  ListRequest,
  SagaPage,
  SagaSummary,
  ShownEntry,
  ShownParkedEvent,
  ShownSaga,
  ShowOptions,
} from './shown-saga.ts';
import { takenInputs } from './taken-inputs.ts';

const MAX_READS = 3;

/** Reads instances for people. Locks nothing. */
export class SagaViews<Tx> {
  readonly #parts: SagaParts<Tx>;

  constructor(parts: SagaParts<Tx>) {
    this.#parts = parts;
  }

  async list({ limit: given, ...query }: ListRequest): Promise<SagaPage> {
    const { store, transactions } = this.#parts;
    const limit = integerOption('limit', given, { min: 1, max: 1_000, default: 100 });
    stringOption('saga', query.saga, { maxBytes: 64 });
    if (query.unchangedForMs !== undefined) integerOption('unchangedForMs', query.unchangedForMs, { min: 0 });
    const found = await store.queries.list(transactions, { ...query, limit: limit + 1 });
    const instances = found.slice(0, limit).map(summary);
    const last = instances.at(-1);
    const next = found.length <= limit || last === undefined ? null : { startedAt: last.startedAt, key: last.key };
    return { instances, next };
  }

  async show(id: SagaId, { reveal = false }: ShowOptions): Promise<ShownSaga> {
    const { definitions } = this.#parts;
    definitions.newest(id.saga);
    const { saga, history, timers, parked } = await this.#read(id);
    const versions = definitions.versions(id.saga);
    const redact = reveal ? [] : [...new Set(versions.flatMap((version) => version.redact))];
    const definition = versions.find(({ version }) => version === saga.definitionVersion);
    const data: unknown = JSON.parse(saga.data);
    return {
      instance: { ...summary(saga), data: reveal || definition !== undefined ? redactedData(data, redact) : REDACTED },
      history: history.map((entry) => shownEntry(entry, redact)),
      timers,
      parked: parked.map((event) => shownParked(event, reveal)),
      takes: takenInputs(definition, saga.state),
    };
  }

  /** Several statements see several moments: they are run again when the instance has changed meanwhile. */
  async #read(id: SagaId) {
    const { store, transactions } = this.#parts;
    const { queries } = store;
    for (let read = 1; ; read += 1) {
      const saga = await queries.find(transactions, id);
      if (saga === null) throw new InstanceNotFoundError(id);
      const history = await queries.history(transactions, id);
      const timers = await queries.timers(transactions, id);
      const parked = await queries.parked(transactions, id);
      const after = await queries.find(transactions, id);
      if (after?.version === saga.version || read === MAX_READS) return { saga, history, timers, parked };
    }
  }
}

function summary({ data: _, version: __, ...rest }: ListedSaga): SagaSummary {
  return rest;
}

/** Redacted again: the definition may say more now than when the entry was written. */
function shownEntry({ changes, sent, ...entry }: TimedHistoryEntry, redact: readonly string[]): ShownEntry {
  const stored: ShownEntry['changes'] = JSON.parse(changes);
  return {
    ...entry,
    sent: JSON.parse(sent),
    changes: stored.map((change) => {
      const path = change.path === '' ? [] : change.path.split('.');
      return {
        path: change.path,
        ...('before' in change && { before: redactedData(change.before, redact, path) }),
        ...('after' in change && { after: redactedData(change.after, redact, path) }),
      };
    }),
  };
}

function shownParked({ message, ...event }: TimedParkedEvent, reveal: boolean): ShownParkedEvent {
  return { ...event, ...(reveal && { message: JSON.parse(message) as unknown }) };
}
