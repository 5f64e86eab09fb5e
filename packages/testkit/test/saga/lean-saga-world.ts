import { decodeAttributes, type Envelope, MessageEncoder, type OutgoingMessage } from '@holdfast/core';
import type { SimulatedProcess } from '@holdfast/testkit';
import { SimulatedSqlite } from '@holdfast/testkit/sqlite';
import { orderCancelled, orderCompleted, orderPlaced, orderStuck } from '../../../saga/test/shop/events.ts';
import type { World } from '../../src/kernel/world.ts';
import { untilDone } from '../catalogue/until-done.ts';
import { answersOf, FATES, type Ledger, type Step } from './fates.ts';
import { OrderService, ordersTemplate } from './order-service.ts';
import { isOver, type SagaFacts } from './saga-facts.ts';

interface OrdersApi {
  place(orderId: string): Promise<void>;
  handle(envelope: Envelope, attempt: number): Promise<void>;
  lookAfter(): Promise<void>;
}

/** What only tells something asks nobody for anything. */
const TELLING: readonly string[] = [orderPlaced.type, orderCompleted.type, orderCancelled.type, orderStuck.type];
const STUBBORN = 4;
const LOOK_MS = 60;

/**
 * The saga's runtime, worker, inbox and outbox in two processes, and around them nothing but a network that loses no message, delivers many twice
 * and all in any order, and participants without faults of their own: for campaigns of many runs.
 */
export async function leanSagaWorld(world: World): Promise<SagaFacts> {
  const orders = await SimulatedSqlite.open(world, 'orders', { template: ordersTemplate });
  const services = world.process('orders', () => start(world, orders), { replicas: 2 });
  const ledger = new Books(world);
  const network = new Network(world, { orders, services, ledger });
  const placed = [1, 2].map((number) => `${FATES[Math.floor(world.random.next() * FATES.length)] ?? 'good'}-${number}`);
  world.client('network', () => network.run(placed));
  world.quietWhen(() => isOver(orders, placed) && network.isIdle);
  return {
    orders,
    placed,
    keptBy: (orderId) => ledger.keptBy(orderId),
    deadLetters: () => network.refused,
  };
}

function start(world: World, db: SimulatedSqlite) {
  const service = new OrderService(world, db);
  const api: OrdersApi = {
    place: (orderId) => service.place(orderId),
    handle: async (envelope, attempt) => void (await service.handle(envelope, { attempt })),
    lookAfter: () => service.lookAfter(),
  };
  return { api, stop: () => service.stop() };
}

/** The participants' books: they outlive everything. */
class Books implements Ledger {
  readonly #world: World;
  readonly #effects = new Map<string, 'done' | 'undone'>();
  readonly #refusals = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  do(orderId: string, step: Step): 'new' | 'again' {
    const name = `${orderId} ${step}`;
    if (this.#effects.has(name)) {
      this.#world.see('a command came again');
      return 'again';
    }
    this.#effects.set(name, 'done');
    return 'new';
  }

  undo(orderId: string, step: Step): void {
    this.#effects.set(`${orderId} ${step}`, 'undone');
  }

  refuses(orderId: string): boolean {
    const refusals = this.#refusals.get(orderId) ?? 0;
    this.#refusals.set(orderId, refusals + 1);
    return refusals < STUBBORN;
  }

  keptBy(orderId: string): number {
    return [...this.#effects].filter(([name, state]) => name.startsWith(`${orderId} `) && state === 'done').length;
  }
}

interface NetworkParts {
  readonly orders: SimulatedSqlite;
  readonly services: readonly SimulatedProcess<OrdersApi>[];
  readonly ledger: Ledger;
}

/** Takes what was committed to the outbox to the participants, and their answers to the order service, at least once. */
class Network {
  readonly refused: string[] = [];
  readonly #world: World;
  readonly #parts: NetworkParts;
  readonly #encoder: MessageEncoder;
  #taken = 0;
  #underWay = 0;
  #turn = 0;

  constructor(world: World, parts: NetworkParts) {
    this.#world = world;
    this.#parts = parts;
    this.#encoder = new MessageEncoder({ source: '/shop', clock: world.clock, ids: world.ids });
  }

  get isIdle(): boolean {
    return this.#underWay === 0 && this.#parts.orders.query(UNSENT, this.#taken).length === 0;
  }

  /** Until all is over. */
  async run(placed: readonly string[]): Promise<void> {
    const { clock, random } = this.#world;
    for (const orderId of placed) {
      void this.#reach('place', (api) => api.place(orderId));
      await clock.sleep(random.next() * 200);
    }
    for (let look = 0; !(this.isIdle && isOver(this.#parts.orders, placed)); look += 1) {
      for (const row of this.#parts.orders.query(UNSENT, this.#taken)) {
        this.#taken = Number(row['position']);
        this.#carry(envelopeOf(row));
      }
      if (look % 15 === 14) await this.#lookAfter();
      await clock.sleep(LOOK_MS);
    }
  }

  /** An order goes to the service itself, a command to a participant. */
  #carry(envelope: Envelope): void {
    if (envelope.type === orderPlaced.type) this.#deliver(envelope, 0);
    if (TELLING.includes(envelope.type)) return;
    const { orderId } = JSON.parse(Buffer.from(envelope.body).toString()) as { readonly orderId: string };
    for (const answer of answersOf(this.#parts.ledger, envelope.type, orderId)) this.#answer(answer);
  }

  #answer({ delayMs = 0, ...message }: OutgoingMessage): void {
    this.#deliver(this.#encoder.encode(message), delayMs);
  }

  #deliver(envelope: Envelope, delayMs: number): void {
    const copies = this.#world.random.next() < 0.3 ? 2 : 1;
    for (let copy = 1; copy <= copies; copy += 1) {
      void this.#arrive(envelope, delayMs + this.#world.random.next() ** 3 * 1_000);
    }
  }

  async #arrive(envelope: Envelope, afterMs: number): Promise<void> {
    this.#underWay += 1;
    await this.#world.clock.sleep(afterMs);
    let attempt = 0;
    await this.#reach('handle', (api) => {
      attempt += 1;
      return api.handle(envelope, attempt);
    });
    this.#underWay -= 1;
  }

  async #reach(label: string, call: (api: OrdersApi) => Promise<void>): Promise<void> {
    this.#underWay += 1;
    const isDone = await untilDone(this.#world.clock, async () => {
      this.#turn += 1;
      await this.#parts.services[this.#turn % this.#parts.services.length]?.call(label, call);
    });
    if (!isDone) this.refused.push(label);
    this.#underWay -= 1;
  }

  async #lookAfter(): Promise<void> {
    await this.#parts.services[0]?.call('look after', (api) => api.lookAfter()).catch(() => {});
  }
}

const UNSENT = 'select * from holdfast_outbox_log where position > ? order by position';

function envelopeOf(row: Readonly<Record<string, unknown>>): Envelope {
  return {
    id: String(row['id']),
    source: String(row['source']),
    type: String(row['type']),
    key: String(row['key']),
    attributes: decodeAttributes(String(row['attributes'])),
    body: row['body'] as Uint8Array,
  };
}
