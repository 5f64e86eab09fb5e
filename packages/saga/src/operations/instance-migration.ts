import { InvalidOptionError, summarizeError } from '@holdfast/core';
import type { SqlExecutor } from '@holdfast/sql';
import { RepeatedTransaction } from '@holdfast/sql';
import { placed } from '../decide/placed.ts';
import type { LiveInstance } from '../runtime/live-instance.ts';
import type { SagaParts } from '../runtime/saga-parts.ts';
import type { ParkedEvent } from '../store/parked-event.ts';
import { sagaIdText } from '../store/saga-id.ts';
import type { SagaListQuery } from '../store/saga-queries.ts';
import type { StoredSaga } from '../store/stored-saga.ts';
import type { FailedMigration, MigrationReport, MigrationRequest } from './migration.ts';
import { type MigrationPlan, migrationPlan } from './migration-plan.ts';
import { type MigratedChunk, MigrationTally } from './migration-tally.ts';

/** Takes instances from one version of their definition to another, chunk by chunk, while events go on. */
export class InstanceMigration<Tx> {
  readonly #parts: SagaParts<Tx>;
  readonly #repeated: RepeatedTransaction<Tx>;

  constructor(parts: SagaParts<Tx>) {
    this.#parts = parts;
    this.#repeated = new RepeatedTransaction(parts);
  }

  async run(request: MigrationRequest): Promise<MigrationReport> {
    const { store, transactions } = this.#parts;
    const { definitions, ids } = this.#parts;
    const plan = migrationPlan(request, { definitions, id: ids.next() });
    const { saga, from, signal, isDryRun } = plan;
    const states = [...plan.states.keys()];
    const tally = new MigrationTally();
    let after: SagaListQuery['after'];
    while (states.length > 0 && tally.migrated < plan.limit) {
      signal.throwIfAborted();
      const limit = Math.min(plan.chunk, plan.limit - tally.migrated);
      const found = await store.queries.list(transactions, { saga, definitionVersions: [from], states, after, limit });
      after = found.at(-1);
      if (after === undefined) break;
      tally.add(isDryRun ? await this.#dryRun(found, plan) : await this.#migrate(found, plan));
    }
    const counts = await store.queries.counts(transactions, { sagas: [saga], sample: 0 });
    const left = counts.filter(({ definitionVersion }) => definitionVersion === from);
    return tally.report(
      isDryRun,
      left.map(({ state, instances }) => ({ state, instances })),
    );
  }

  async #dryRun(found: readonly StoredSaga[], plan: MigrationPlan): Promise<MigratedChunk> {
    const { transactions } = this.#parts;
    return (await this.#replaced(transactions, found, plan)).chunk;
  }

  /** One transaction. An event that is handled at the same time is before it or after it. */
  async #migrate(found: readonly StoredSaga[], plan: MigrationPlan): Promise<MigratedChunk> {
    const { store, transactions, sagas } = this.#parts;
    const { from } = plan;
    let runs = 0;
    const { result } = await this.#repeated.run(async (tx) => {
      runs += 1;
      const executor = transactions.executor(tx);
      const locked = await store.instances.load(executor, found);
      const old = locked.filter(({ definitionVersion }) => definitionVersion === from);
      const { instances, chunk } = await this.#replaced(executor, old, plan);
      await sagas.write(tx, instances);
      if (runs === 1) return chunk;
      // Another run may have been committed although its answer was lost.
      const others = locked.filter(({ definitionVersion }) => definitionVersion !== from);
      return { ...chunk, moves: [...chunk.moves, ...(await this.#movesOf(executor, others, plan))] };
    }, plan.signal);
    return result;
  }

  async #replaced(executor: SqlExecutor, stored: readonly StoredSaga[], plan: MigrationPlan): Promise<Replaced> {
    const instances: LiveInstance[] = [];
    const moves: { from: string; to: string }[] = [];
    const failures: FailedMigration[] = [];
    const parked = await this.#parked(executor, stored);
    for (const saga of stored) {
      const { key, state } = saga;
      const timers = (await this.#parts.store.queries.timers(executor, saga)).map(({ timer }) => timer);
      try {
        const instance = this.#one(saga, { parked: parked.get(sagaIdText(saga)) ?? [], timers }, plan);
        if (instance === null) continue;
        instances.push(instance);
        moves.push({ from: state, to: instance.transitions[0]?.move.to ?? state });
      } catch (error) {
        failures.push({ key, state, error: summarizeError(error) });
      }
    }
    const sent = instances.reduce((sum, instance) => sum + instance.sent.length, 0);
    const skipped = stored.length - instances.length - failures.length;
    return { instances, chunk: { moves, sent, skipped, failures } };
  }

  /** `null`: it is left as it is. @throws what its function throws, UnknownStateError, SagaDataError, SagaDataTooLargeError */
  #one(stored: StoredSaga, { parked, timers }: Waiting, plan: MigrationPlan): LiveInstance | null {
    const { target, states, redact, entry } = plan;
    const { sagas, clock } = this.#parts;
    const { key, state } = stored;
    const goal = states.get(state)?.(JSON.parse(stored.data), { key, state }) ?? null;
    if (goal === null) return null;
    if ('then' in goal) throw new InvalidOptionError('states', state, 'a function that is not asynchronous');
    const context = { key, now: clock.now() };
    const move = placed(target, { from: state, to: goal.state, data: goal.data, context, timers });
    const instance = sagas.live(stored, { stored, parked, replacedBy: target, redact });
    instance.replace(move, entry);
    // Here what is too large fails by itself, and not its whole chunk.
    instance.write();
    return instance;
  }

  async #parked(executor: SqlExecutor, stored: readonly StoredSaga[]): Promise<ReadonlyMap<string, ParkedEvent[]>> {
    const ids = stored.filter(({ parked }) => parked > 0);
    const waiting = ids.length === 0 ? [] : await this.#parts.store.instances.parked(executor, ids);
    const parked = new Map<string, ParkedEvent[]>();
    for (const { instance, event } of waiting) {
      const text = sagaIdText(instance);
      parked.set(text, [...(parked.get(text) ?? []), event]);
    }
    return parked;
  }

  /** Those that this migration has moved. */
  async #movesOf(
    executor: SqlExecutor,
    stored: readonly StoredSaga[],
    { entry }: MigrationPlan,
  ): Promise<MigratedChunk['moves']> {
    const moves: { from: string; to: string }[] = [];
    for (const saga of stored) {
      const history = await this.#parts.store.queries.history(executor, saga);
      const mine = history.find(({ cause, messageId }) => cause === 'migration' && messageId === entry.messageId);
      if (mine !== undefined) moves.push({ from: mine.from ?? '', to: mine.to });
    }
    return moves;
  }
}

interface Replaced {
  readonly instances: readonly LiveInstance[];
  readonly chunk: MigratedChunk;
}

/** What waits for an instance, or it for. */
interface Waiting {
  readonly parked: readonly ParkedEvent[];
  readonly timers: readonly string[];
}
