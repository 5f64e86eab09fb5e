import type { WorldDefinition } from '../../src/campaign/run-world.ts';
import type { Simulation } from '../../src/kernel/simulation.ts';
import type { World } from '../../src/kernel/world.ts';

/** Known ways to get a transactional outbox wrong. */
export const plantedBugs = [
  'publish before commit',
  'mark before publish',
  'ack before commit',
  'no dedup',
  'dedup outside the transaction',
  'claim is never freed',
  'error taken for success',
  'nack drops the message',
] as const;

export type PlantedBug = (typeof plantedBugs)[number];

const CLAIM_MS = 2_000;
const LEASE_MS = 3_000;

interface QueuedMessage {
  readonly id: string;
  leasedUntil: number;
  receipt: number;
}

/** What is durable: the tables of a sender and of a receiver, and a queue. */
export class Durable {
  readonly orders = new Set<string>();
  /** Until when each message is claimed by a relay. */
  readonly outbox = new Map<string, number>();
  readonly queue: QueuedMessage[] = [];
  readonly inbox = new Set<string>();
  readonly effects = new Map<string, number>();
  readonly accepted = new Set<string>();
  #receipts = 0;

  publish(id: string): void {
    this.queue.push({ id, leasedUntil: 0, receipt: 0 });
  }

  claim(now: number, freedAfterMs: number): string | null {
    const free = [...this.outbox].find(([, until]) => until <= now)?.[0];
    if (free === undefined) return null;
    this.outbox.set(free, now + freedAfterMs);
    return free;
  }

  receive(now: number): QueuedMessage | null {
    const message = this.queue.find(({ leasedUntil }) => leasedUntil <= now);
    if (message === undefined) return null;
    message.leasedUntil = now + LEASE_MS;
    message.receipt = this.#receipts += 1;
    return { ...message };
  }

  settle({ receipt }: QueuedMessage, how: 'ack' | 'nack'): void {
    const index = this.queue.findIndex((message) => message.receipt === receipt);
    const found = this.queue[index];
    if (found === undefined) return;
    if (how === 'ack') this.queue.splice(index, 1);
    else found.leasedUntil = 0;
  }

  effect(id: string): void {
    this.effects.set(id, (this.effects.get(id) ?? 0) + 1);
  }
}

/** Writer, relay and two consumers; as many orders as it has size. */
export function plantedWorld(bug: PlantedBug | null, size = 4): WorldDefinition<Durable> {
  return {
    size,
    settleMs: 120_000,
    world: (world, orders) => buildWorld(world, bug, orders),
    check: [
      {
        name: 'nothing is lost',
        check: ({ orders, effects, accepted }) => [
          ...[...accepted].filter((id) => !orders.has(id)).map((id) => `${id} was accepted and is not there`),
          ...[...orders].filter((id) => !effects.has(id)).map((id) => `${id} has no effect`),
        ],
      },
      {
        name: 'every effect has an order',
        check: ({ orders, effects }) =>
          [...effects.keys()].filter((id) => !orders.has(id)).map((id) => `${id} took effect and was never ordered`),
      },
      {
        name: 'each effect happens once',
        check: ({ effects }) =>
          [...effects].filter(([, times]) => times > 1).map(([id, times]) => `${id} took effect ${times} times`),
      },
    ],
  };
}

function buildWorld(world: World, bug: PlantedBug | null, orders: number): Durable {
  const services = new Services(world.simulation, bug);
  const { durable } = services;
  const [writer] = world.process('writer', () => ({ api: { place: (id: string) => services.place(id) } }));
  world.process('relay', () => loop(world, () => services.relayOne()));
  world.process('consumer', () => loop(world, () => services.consumeOne()), { replicas: 2 });
  world.client(
    'client',
    async ({ number }) => {
      const id = `order-${number}`;
      await world.clock.sleep(number * 40);
      try {
        await writer!.call('place', (api) => api.place(id));
        durable.accepted.add(id);
        world.see('an order was accepted');
      } catch {
        if (durable.orders.has(id)) world.see('an answer was lost');
      }
    },
    { count: orders },
  );
  world.quietWhen(() => durable.outbox.size === 0 && durable.queue.length === 0);
  return durable;
}

/** What the processes do, each with the bug if it is theirs. */
class Services {
  readonly durable = new Durable();
  readonly #simulation: Simulation;
  readonly #bug: PlantedBug | null;

  constructor(simulation: Simulation, bug: PlantedBug | null) {
    this.#simulation = simulation;
    this.#bug = bug;
  }

  async place(id: string): Promise<void> {
    if (this.#bug === 'publish before commit') {
      await this.#io('bus.publish', () => this.durable.publish(id));
      await this.#io('orders.commit', () => this.durable.orders.add(id));
      return;
    }
    await this.#io('orders.commit', () => {
      this.durable.orders.add(id);
      this.durable.outbox.set(id, 0);
    });
  }

  async relayOne(): Promise<boolean> {
    const claimMs = this.#bug === 'claim is never freed' ? Number.POSITIVE_INFINITY : CLAIM_MS;
    const id = await this.#io('orders.claim', () => this.durable.claim(this.#simulation.now, claimMs));
    if (id === null) return false;
    const mark = () => this.#io('orders.mark', () => this.durable.outbox.delete(id));
    const publish = () => this.#io('bus.publish', () => this.durable.publish(id));
    if (this.#bug === 'mark before publish') {
      await mark();
      await publish();
    } else {
      if (this.#bug === 'error taken for success') await publish().catch(() => {});
      else await publish();
      await mark();
    }
    return true;
  }

  async consumeOne(): Promise<boolean> {
    const message = await this.#io('bus.receive', () => this.durable.receive(this.#simulation.now));
    if (message === null) return false;
    const ack = () => this.#io('bus.ack', () => this.durable.settle(message, 'ack'));
    if (this.#bug === 'ack before commit') await ack();
    try {
      await this.#takeEffect(message.id);
    } catch {
      const how = this.#bug === 'nack drops the message' ? 'ack' : 'nack';
      await this.#io('bus.nack', () => this.durable.settle(message, how));
      return true;
    }
    if (this.#bug !== 'ack before commit') await ack();
    return true;
  }

  async #takeEffect(id: string): Promise<void> {
    const { inbox } = this.durable;
    if (this.#bug === 'dedup outside the transaction') {
      if (await this.#io('stock.seen', () => inbox.has(id))) return;
      await this.#io('stock.commit', () => this.durable.effect(id));
      await this.#io('stock.record', () => inbox.add(id));
      return;
    }
    await this.#io('stock.commit', () => {
      if (inbox.has(id) && this.#bug !== 'no dedup') return;
      inbox.add(id);
      this.durable.effect(id);
    });
  }

  #io<Result>(label: string, effect: () => Result): Promise<Result> {
    return this.#simulation.io({ label, answers: true }, effect);
  }
}

/** Does one step after another until it is stopped; when there is nothing to do, or it failed, after a while. */
function loop(world: World, step: () => Promise<boolean>): { stop(): Promise<void> } {
  const controller = new AbortController();
  const { signal } = controller;
  const ended = (async () => {
    while (!signal.aborted) {
      const didSomething = await step().catch(() => false);
      if (!didSomething) await world.clock.sleep(100, signal);
    }
  })();
  return {
    stop: () => {
      controller.abort();
      return ended;
    },
  };
}
