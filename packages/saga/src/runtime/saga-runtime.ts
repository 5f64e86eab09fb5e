import {
  type EventRegistry,
  type Finding,
  InvalidOptionError,
  integerOption,
  type Message,
  SystemClock,
  SystemRandom,
  Telemetry,
  UuidV7Ids,
} from '@holdfast/core';
import { type SagaId, sagaIdText } from '../store/saga-id.ts';
import { DefinitionCatalogue } from './definition-catalogue.ts';
import type { SagaParts } from './saga-parts.ts';
import { type SagaPreflightOptions, sagaPreflight } from './saga-preflight.ts';
import { SagaReport } from './saga-report.ts';
import type { SagaRuntimeOptions } from './saga-runtime-options.ts';
import { SagaTransactions } from './saga-transactions.ts';
import { TimerHints } from './timer-hints.ts';

/** What a transaction of an inbox gives its work. */
export interface SagaWorkContext<Tx> {
  readonly tx: Tx;
}

/** What an inbox takes as the work of a message. */
export interface SagaWork<Tx> {
  (message: Message, context: SagaWorkContext<Tx>): Promise<void>;
  /** Sends for the instances while the inbox still waits to learn which messages are new: it saves a round trip. */
  readAhead(messages: readonly Message[], context: SagaWorkContext<Tx>): void;
}

/**
 * Runs sagas: one event is one transaction with its inbox record, the instance, its history, its timers and what is sent. Give
 * {@link work} to an inbox, or {@link bulk} to its batches; any number of processes may run.
 */
export class SagaRuntime<Tx> {
  readonly definitions: DefinitionCatalogue;
  /** For a {@link SagaWorker} and for {@link SagaOperations}. */
  readonly parts: SagaParts<Tx>;

  /** @throws InvalidOptionError */
  constructor(options: SagaRuntimeOptions<Tx>) {
    const { store, transactions, clock = new SystemClock(), random = new SystemRandom() } = options;
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
    const maxParked = integerOption('maxParkedPerInstance', options.maxParkedPerInstance, {
      min: 0,
      max: 100_000,
      default: 1_000,
    });
    const { ids = new UuidV7Ids({ clock }), telemetry = new Telemetry(), onEvent, outbox } = options;
    const definitions = new DefinitionCatalogue(options.definitions);
    const report = new SagaReport({ definitions, telemetry, onEvent });
    const timerHints = new TimerHints();
    const limits = { maxDataBytes, maxParked };
    const parts = { definitions, store, transactions, report, timerHints, clock, ids };
    this.definitions = definitions;
    this.parts = { ...parts, random, sagas: new SagaTransactions({ ...parts, ...limits, outbox }) };
  }

  /** The events that the sagas take, for the inbox and for the queue's binding. */
  get events(): EventRegistry {
    return this.definitions.events;
  }

  /** The work of one event, for `inbox.handler` and `inbox.handle`. */
  readonly work: SagaWork<Tx> = Object.assign(
    async (message: Message, { tx }: SagaWorkContext<Tx>): Promise<void> => {
      await this.apply(tx, [message]);
    },
    { readAhead: (messages: readonly Message[], { tx }: SagaWorkContext<Tx>) => this.#readAhead(tx, messages) },
  );

  /** The work of several events in one transaction, for `inbox.handleBatch`. */
  readonly bulk = {
    readAhead: (messages: readonly Message[], { tx }: SagaWorkContext<Tx>): void => this.#readAhead(tx, messages),
    applyAll: async (messages: readonly Message[], { tx }: SagaWorkContext<Tx>): Promise<void> => {
      await this.apply(tx, messages);
    },
  };

  /**
   * Applies events in the caller's own transaction, one after another; those of one instance in their order. It is all or nothing: after an
   * error the transaction must be rolled back. It does not recognize duplicates: that is the inbox's part.
   * @throws UnexpectedEventError, UncorrelatedEventError, TooManyParkedEventsError, UnknownDefinitionVersionError, SagaDataError, SagaDataTooLargeError;
   *   TransactionConflictError, after which the transaction may be run again; what a function of a definition throws
   */
  async apply(tx: Tx, messages: readonly Message[]): Promise<void> {
    const targets = messages.map((message) => ({ message, ids: this.definitions.targetsOf(message) }));
    const ids = targets.flatMap((target) => target.ids);
    const work = { sagas: ids.map(({ saga }) => saga), inputs: messages.length };
    await this.parts.report.inSpan('apply events', work, () => this.#apply(tx, ids, targets));
  }

  /** Checks at start-up whether finished instances are kept long enough, whether timers are fired, and the database's settings. */
  preflight(options: SagaPreflightOptions): Promise<readonly Finding[]> {
    return sagaPreflight(this.parts, options);
  }

  #readAhead(tx: Tx, messages: readonly Message[]): void {
    let ids: readonly SagaId[];
    try {
      ids = messages.flatMap((message) => this.definitions.targetsOf(message));
    } catch {
      // The work meets the same error, and tells it.
      return;
    }
    this.parts.sagas.readAhead(tx, ids);
  }

  async #apply(tx: Tx, ids: readonly SagaId[], targets: readonly Target[]): Promise<void> {
    const { sagas, report } = this.parts;
    const instances = await sagas.load(tx, ids);
    const offered = targets.flatMap(({ message, ids }) =>
      ids.flatMap((id) => {
        const instance = instances.get(sagaIdText(id));
        if (instance === undefined) return [];
        const { kind } = instance.offer(message);
        return [{ message, id, outcome: kind, state: instance.state }];
      }),
    );
    await sagas.write(tx, instances.values());
    sagas.whenCommitted(tx, () => {
      for (const { message, ...met } of offered) report.offered(message, met);
    });
  }
}

/** A message and the instances that it is for. */
interface Target {
  readonly message: Message;
  readonly ids: readonly SagaId[];
}
