import type { Delivery, QueueReader } from '@holdfast/core';
import type { Transport, TransportCapabilities, TransportNetwork, TransportWorld } from '@holdfast/transports/testing';
import type { BrokerProfile } from '../../src/brokers/broker-profile.ts';
import { SimulatedBroker } from '../../src/brokers/simulated-broker.ts';
import type { FaultSource } from '../../src/faults/fault-source.ts';
import { siteAddress } from '../../src/faults/fault-source.ts';
import { Incarnation } from '../../src/kernel/incarnation.ts';
import { runInProcess } from '../../src/kernel/process-context.ts';
import { Simulation } from '../../src/kernel/simulation.ts';
import { World } from '../../src/kernel/world.ts';

/** What a call may take, there and back, and again when it is two, in virtual milliseconds. */
const CALL_MS = 0.5;
const FOR_EVER_MS = 1e12;

/** What a profile says of itself to the conformance suite. */
export function capabilitiesOf(profile: BrokerProfile): TransportCapabilities {
  const orders = { none: 'none', 'first-deliveries': 'first-deliveries', groups: 'redeliveries' } as const;
  const { order, survivesRestart, atomicDeadLetter, maxMessageBytes, maxDelayMs } = profile;
  return {
    order: orders[order],
    countsDeliveries: true,
    survivesBroker: survivesRestart,
    atomicDeadLetter,
    maxMessageBytes,
    maxDelayMs,
  };
}

/** A simulation that the conformance suite drives: each call gets the time that it needs, all else passes when the suite says so. */
class DrivenSimulation implements FaultSource {
  readonly simulation = new Simulation({ seed: 1, latencyMs: 0, faults: this, maxSteps: 10_000_000 });
  losesAnswers = false;
  #untilMs = 0;
  #driving: Promise<void> | null = null;

  at(site: Parameters<FaultSource['at']>[0]) {
    if (!this.losesAnswers || !site.kinds.includes('error-after')) return null;
    return { at: siteAddress(site), kind: 'error-after' as const };
  }

  pass(ms: number): Promise<void> {
    const { simulation } = this;
    this.#untilMs = Math.max(this.#untilMs, simulation.now) + ms;
    // Time passes also when nothing happens.
    simulation.after(this.#untilMs - simulation.now, () => {});
    this.#driving ??= this.#drive();
    return this.#driving;
  }

  async #drive(): Promise<void> {
    try {
      while (this.simulation.now < this.#untilMs) await this.simulation.runUntil(() => false, this.#untilMs);
    } finally {
      this.#driving = null;
    }
  }
}

/** A client whose every call is made in a process of the simulation. */
class ProcessClient implements Transport {
  readonly #driven: DrivenSimulation;
  readonly #inner: Transport;
  readonly #incarnation: Incarnation;
  isClosed = false;

  constructor(driven: DrivenSimulation, broker: SimulatedBroker, name: string) {
    this.#driven = driven;
    this.#incarnation = new Incarnation(name, 1);
    this.#inner = this.#in(() => broker.connect());
  }

  get process(): string {
    return this.#incarnation.process;
  }

  declare(...args: Parameters<Transport['declare']>): Promise<void> {
    return this.#in(() => this.#inner.declare(...args));
  }

  publish(...args: Parameters<Transport['publish']>): ReturnType<Transport['publish']> {
    return this.#in(() => this.#inner.publish(...args));
  }

  reader(queue: string): QueueReader {
    const inner = this.#inner.reader(queue);
    return {
      pull: async (max, options) =>
        (await this.#in(() => inner.pull(max, options))).map((delivery) => this.#delivery(delivery)),
    };
  }

  close(): Promise<void> {
    this.isClosed = true;
    return this.#in(() => this.#inner.close());
  }

  #delivery(inner: Delivery): Delivery {
    return {
      envelope: inner.envelope,
      deliveryCount: inner.deliveryCount,
      get leaseEndsAt() {
        return inner.leaseEndsAt;
      },
      ack: () => this.#in(() => inner.ack()),
      retry: (delayMs) => this.#in(() => inner.retry(delayMs)),
      deadLetter: (reason) => this.#in(() => inner.deadLetter(reason)),
      extend: (ms) => this.#in(() => inner.extend(ms)),
    };
  }

  #in<Result>(call: () => Result): Result {
    const { simulation } = this.#driven;
    const result = runInProcess({ simulation, incarnation: this.#incarnation }, call);
    void this.#driven.pass(CALL_MS);
    return result;
  }
}

/** A simulated broker of a profile, for one rule of the conformance suite. */
export async function brokerWorld(profile: BrokerProfile): Promise<TransportWorld> {
  const driven = new DrivenSimulation();
  const { simulation } = driven;
  const world = new World(simulation);
  const broker = new SimulatedBroker(world, 'bus', profile);
  simulation.letFaultsHappen(true);
  const clients: ProcessClient[] = [];
  let isSilent = false;
  const goDown = async (ms: number) => {
    for (const part of world.disturbables) if (part.name === broker.name) part.disturb('down', ms);
    await driven.pass(Math.min(ms, 1) + CALL_MS);
  };
  const network: TransportNetwork = {
    noticesSilenceMs: 4_000,
    cut: () => goDown(0.5),
    silence: async () => {
      isSilent = true;
      for (const { process } of clients) simulation.network.cut(process, broker.name);
    },
    silenceAnswers: async () => {
      driven.losesAnswers = true;
    },
    restore: async () => {
      driven.losesAnswers = false;
      isSilent = false;
      simulation.network.heal();
      await goDown(0.5);
    },
    connections: () => clients.filter(({ isClosed }) => !isClosed).length,
  };
  return {
    capabilities: capabilitiesOf(profile),
    leaseMs: 30_000,
    clock: simulation.clock,
    network,
    name: (word) => word,
    connect: async () => {
      const client = new ProcessClient(driven, broker, `client-${clients.length + 1}`);
      clients.push(client);
      if (isSilent) simulation.network.cut(client.process, broker.name);
      return client;
    },
    passTime: (ms) => driven.pass(ms),
    restart: () => goDown(0.5),
    sendRaw: null,
    setAvailable: async (available) => {
      if (available) simulation.network.heal();
      else await goDown(FOR_EVER_MS);
    },
    close: async () => {
      simulation.network.heal();
      const closing = Promise.all(clients.map((client) => client.close()));
      await driven.pass(10_000);
      await closing;
      world.close();
    },
  };
}
