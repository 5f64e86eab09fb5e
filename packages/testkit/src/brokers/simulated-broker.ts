import type { Envelope } from '@holdfast/core';
import type { Transport } from '@holdfast/transports/memory';
import { currentProcess } from '../kernel/process-context.ts';
import type { World, WorldPart } from '../kernel/world.ts';
import { BrokerClient } from './broker-client.ts';
import type { BrokerProfile } from './broker-profile.ts';
import { BrokerServer, type DeliveryRecord } from './broker-server.ts';

/**
 * A broker in a simulated world, that keeps to the guarantees of its profile and to no more. It outlives every process; it can be down, out of
 * reach of a process, refuse, lose an answer, not take one message of a batch (`error-before` at `<name>/publish#n`), and, where its kind does, deliver one
 * twice or in another order (`duplicate` and `reorder` at `<name>/deliver#n`).
 */
export class SimulatedBroker implements WorldPart {
  readonly name: string;
  readonly #world: World;
  readonly #server: BrokerServer;
  readonly #clients = new Set<BrokerClient>();

  /** Adds a broker to a world that is being built. @param profile one of {@link profiles} */
  constructor(world: World, name: string, profile: BrokerProfile) {
    this.name = name;
    this.#world = world;
    this.#server = new BrokerServer(world.simulation, name, profile);
    world.server(name, { onDown: () => this.#goDown() });
    world.part(this);
  }

  get profile(): BrokerProfile {
    return this.#server.profile;
  }

  /** A client of the process whose code calls. It reconnects by itself, and ends with the process. */
  connect(): Transport {
    const owner = currentProcess()?.incarnation ?? null;
    const client = new BrokerClient({ simulation: this.#world.simulation, server: this.#server, owner });
    this.#clients.add(client);
    owner?.onEnd(() => this.#clients.delete(client));
    return client;
  }

  /** Messages of a queue that are not settled. */
  depth(queue: string): number {
    return this.#server.depth(queue);
  }

  /** All dead letters, as they lie in the dead-letter queues. */
  get deadLetters(): readonly Envelope[] {
    return this.#server.deadLetters;
  }

  /** Every delivery so far, in order. */
  get deliveries(): readonly DeliveryRecord[] {
    return this.#server.deliveries;
  }

  /** Whether nothing waits, is held or delayed, but for dead letters. */
  isQuiet(): boolean {
    return this.#server.unsettled === 0;
  }

  counts(): Readonly<Record<string, number>> {
    return { 'dead letters': this.deadLetters.length };
  }

  #goDown(): void {
    for (const client of this.#clients) client.disconnect();
    this.#server.restart();
  }
}
