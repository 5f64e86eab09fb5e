import {
  type EventRegistry,
  InvalidOptionError,
  integerOption,
  type Message,
  SystemClock,
  UuidV7Ids,
} from '@holdfast/core';
import { sagaIdText } from '../store/saga-id.ts';
import { DefinitionCatalogue } from './definition-catalogue.ts';
import type { SagaRuntimeOptions } from './saga-runtime-options.ts';
import { SagaTransactions } from './saga-transactions.ts';

/** What a transaction of an inbox gives its work. */
export interface SagaWorkContext<Tx> {
  readonly tx: Tx;
}

/**
 * Runs sagas: one event is one transaction with its inbox record, the instance, its history, its timers and what is sent. Give
 * {@link work} to an inbox, or {@link bulk} to its batches; any number of processes may run.
 */
export class SagaRuntime<Tx> {
  readonly definitions: DefinitionCatalogue;
  readonly #sagas: SagaTransactions<Tx>;

  /** @throws InvalidOptionError */
  constructor(options: SagaRuntimeOptions<Tx>) {
    const { store, transactions, clock = new SystemClock() } = options;
    if (store.dialect !== transactions.dialect) {
      throw new InvalidOptionError(
        'store',
        store.dialect,
        `the store of the runner's database, ${transactions.dialect}`,
      );
    }
    const maxDataBytes = integerOption('maxDataBytes', options.maxDataBytes, {
      min: 2,
      max: 64 * 1_048_576,
      default: 262_144,
    });
    const ids = options.ids ?? new UuidV7Ids({ clock });
    this.definitions = new DefinitionCatalogue(options.definitions);
    const { definitions } = this;
    this.#sagas = new SagaTransactions({ ...options, definitions, clock, ids, maxDataBytes });
  }

  /** The events that the sagas take, for the inbox and for the queue's binding. */
  get events(): EventRegistry {
    return this.definitions.events;
  }

  /** The work of one event, for `inbox.handler` and `inbox.handle`. */
  readonly work = async (message: Message, { tx }: SagaWorkContext<Tx>): Promise<void> => {
    await this.apply(tx, [message]);
  };

  /** The work of several events in one transaction, for `inbox.handleBatch`. */
  readonly bulk = {
    applyAll: async (messages: readonly Message[], { tx }: SagaWorkContext<Tx>): Promise<void> => {
      await this.apply(tx, messages);
    },
  };

  /**
   * Applies events in the caller's own transaction, one after another; those of one instance in their order. It is all or nothing: after an
   * error the transaction must be rolled back. It does not recognize duplicates: that is the inbox's part.
   * @throws UnexpectedEventError, UncorrelatedEventError, UnknownDefinitionVersionError, SagaDataError, SagaDataTooLargeError;
   *   TransactionConflictError, after which the transaction may be run again; what a function of a definition throws
   */
  async apply(tx: Tx, messages: readonly Message[]): Promise<void> {
    const targets = messages.map((message) => ({ message, ids: this.definitions.targetsOf(message) }));
    const instances = await this.#sagas.load(
      tx,
      targets.flatMap(({ ids }) => ids),
    );
    for (const { message, ids } of targets) {
      for (const id of ids) instances.get(sagaIdText(id))?.offer(message);
    }
    await this.#sagas.write(tx, instances.values());
  }
}
