import type { Message, OutgoingMessage } from '@holdfast/core';
import { EventRegistry } from '@holdfast/core';
import { Inbox } from '@holdfast/inbox-dedup';
import { Relay } from '@holdfast/outbox';
import { type AnySagaDefinition, SagaOperations, SagaRuntime, SagaWorker, sagaTimeline } from '@holdfast/saga';
import type { TransactionRunner } from '@holdfast/sql';
import { MemoryBroker } from '@holdfast/transports/memory';
import { QueueService } from '../shop/queue-service.ts';
import type { ShopDatabase } from '../shop/shop-database.ts';

export type Answering = (command: Message) => readonly OutgoingMessage[];

const DEADLINE_MS = 60_000;

/** A service with one saga, and one queue for all those that it asks; everything but the participants is real. */
export class Agency {
  readonly runtime: SagaRuntime<unknown>;
  readonly operations: SagaOperations<unknown>;
  readonly failures: unknown[] = [];
  readonly asked: string[] = [];
  readonly broker = new MemoryBroker();
  readonly #database: ShopDatabase;
  readonly #transactions: TransactionRunner<unknown>;
  readonly #relay: Relay;
  readonly #worker: SagaWorker<unknown>;
  readonly #services: QueueService<unknown>[] = [];
  readonly #definition: AnySagaDefinition;
  answering: Answering;

  constructor(database: ShopDatabase, definition: AnySagaDefinition, answering: Answering) {
    this.#database = database;
    this.#definition = definition;
    this.answering = answering;
    this.#transactions = database.transactions as TransactionRunner<unknown>;
    this.runtime = this.runtimeOf([definition]);
    this.operations = new SagaOperations({ runtime: this.runtime });
    this.#worker = new SagaWorker({ runtime: this.runtime });
    this.#relay = new Relay({ store: database.outboxStore, publisher: this.broker });
  }

  runtimeOf(definitions: readonly AnySagaDefinition[]): SagaRuntime<unknown> {
    const { sagaStore, outbox } = this.#database;
    return new SagaRuntime<unknown>({
      definitions,
      store: sagaStore,
      transactions: this.#transactions,
      outbox: outbox as never,
    });
  }

  async open(): Promise<this> {
    await this.#database.outbox.declareDestinations([{ name: 'default' }]);
    const commands = new EventRegistry([...this.#definition.commands.values()]);
    const answer = async (
      message: Message,
      { send }: { send: (messages: readonly OutgoingMessage[]) => Promise<unknown> },
    ) => {
      this.asked.push(message.type);
      await send(this.answering(message));
    };
    await this.#serve('saga', this.runtime.events, this.runtime.work);
    await this.#serve('partners', commands, answer as never);
    return this;
  }

  async #serve(queue: string, registry: EventRegistry, work: typeof this.runtime.work): Promise<void> {
    const { inboxStore, outbox } = this.#database;
    await this.broker.declare({ queue, types: registry.types });
    const inbox = new Inbox<unknown>({
      consumer: queue,
      store: inboxStore,
      transactions: this.#transactions,
      events: registry,
      outbox: outbox as never,
    });
    this.#services.push(
      new QueueService({ reader: this.broker.reader(queue), inbox, work, onFailed: (e) => void this.failures.push(e) }),
    );
  }

  /** Commits messages as the customer's web service would. */
  async send(...messages: readonly OutgoingMessage[]): Promise<void> {
    await this.#transactions.transaction((tx) => this.#database.outbox.send(tx as never, messages));
  }

  async state(key: string): Promise<string | null> {
    const { instances } = await this.operations.list({ saga: this.#definition.name });
    return instances.find((one) => one.key === key)?.state ?? null;
  }

  async untilState(key: string, state: string): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS;
    for (;;) {
      await this.#relay.runOnce();
      for (const service of this.#services) await service.handle(50, 0);
      await this.#worker.runOnce();
      const now = await this.state(key);
      if (now === state) return;
      if (performance.now() > deadline) {
        throw new Error(`it is ${now}, not ${state}; ${this.failures.map(String)}\n${await this.story(key)}`);
      }
    }
  }

  async story(key: string): Promise<string> {
    return sagaTimeline(await this.operations.show({ saga: this.#definition.name, key }));
  }

  elapse(ms: number): Promise<void> {
    return this.#database.elapse(ms);
  }

  async close(): Promise<void> {
    await this.#worker.stop();
    await this.#relay.stop();
    await this.broker.close();
    await this.#database.close();
  }
}
