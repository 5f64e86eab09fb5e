import { type Delivery, integerOption, type PullOptions, type QueueReader } from '@holdfast/core';
import { TransportUnavailableError } from '@holdfast/transports/memory';
import { currentProcess, runInProcess } from '../kernel/process-context.ts';
import type { BrokerClient } from './broker-client.ts';
import type { BrokerConnection } from './broker-connection.ts';
import { handBack, type QueueLease } from './broker-queue.ts';
import type { BrokerServer } from './broker-server.ts';

/** Reads a queue of a simulated broker; a pull waits at the server, by one event. */
export class SimulatedReader implements QueueReader {
  readonly #client: BrokerClient;
  readonly #server: BrokerServer;
  readonly #queue: string;

  constructor(client: BrokerClient, server: BrokerServer, queue: string) {
    this.#client = client;
    this.#server = server;
    this.#queue = queue;
  }

  async pull(max: number, { waitMs, signal }: PullOptions): Promise<readonly Delivery[]> {
    integerOption('max', max, { min: 1 });
    const client = this.#client;
    client.assertOpen('pull');
    const ending = signal === undefined ? client.closed : AbortSignal.any([signal, client.closed]);
    if (ending.aborted) return [];
    const wait = new PullWait(waitMs);
    const owner = currentProcess()?.incarnation;
    const takeBack = owner?.onEnd(() => wait.end());
    const ended = Promise.withResolvers<readonly QueueLease[]>();
    const onAbort = () => {
      wait.end();
      ended.resolve([]);
    };
    ending.addEventListener('abort', onAbort, { once: true });
    const { connection } = client;
    const onLost = () => wait.lose();
    connection.waiting.add(onLost);
    const taken: string[] = [];
    const effect = async () => {
      const leases = await this.#take({ max, connection, wait });
      taken.push(...leases.map(({ entry }) => entry.envelope.id));
      return leases;
    };
    const pulling = client.call('pull', effect, taken);
    let hasEnded = false;
    // What comes when nobody waits any more goes back.
    pulling.then(
      (leases) => {
        if (hasEnded) handBack(leases);
      },
      () => {},
    );
    try {
      const leases = await Promise.race([pulling, ended.promise]);
      return leases.map((lease) => client.delivery(lease));
    } finally {
      hasEnded = true;
      takeBack?.();
      connection.waiting.delete(onLost);
      ending.removeEventListener('abort', onAbort);
    }
  }

  /** At the server. */
  async #take({
    max,
    connection,
    wait,
  }: {
    max: number;
    connection: BrokerConnection;
    wait: PullWait;
  }): Promise<readonly QueueLease[]> {
    for (;;) {
      if (wait.isLost) throw new TransportUnavailableError('pull');
      const leases = wait.isEnded ? [] : this.#server.take(this.#queue, max, connection);
      if (leases.length > 0 || wait.isEnded) return leases;
      await this.#woken(wait);
    }
  }

  #woken(wait: PullWait): Promise<void> {
    const queue = this.#server.queue(this.#queue);
    return runInProcess(null, () => wait.until((wake) => queue.untilWoken(wake), this.#server));
  }
}

/** How long a pull waits at the server. */
class PullWait {
  readonly #untilMs: number;
  #startedAt: number | null = null;
  #isEnded = false;
  #isLost = false;
  #wake: (() => void) | null = null;

  constructor(waitMs: number) {
    this.#untilMs = waitMs;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Its connection is gone. */
  get isLost(): boolean {
    return this.#isLost;
  }

  lose(): void {
    this.#isLost = true;
    this.end();
  }

  end(): void {
    this.#isEnded = true;
    this.#wake?.();
  }

  async until(subscribe: (wake: () => void) => () => void, server: BrokerServer): Promise<void> {
    this.#startedAt ??= server.now;
    const leftMs = this.#startedAt + this.#untilMs - server.now;
    if (leftMs <= 0) {
      this.#isEnded = true;
      return;
    }
    const woken = Promise.withResolvers<void>();
    this.#wake = woken.resolve;
    const unsubscribe = subscribe(woken.resolve);
    const timer = server.after(leftMs, () => this.end());
    await woken.promise;
    timer.cancelled = true;
    unsubscribe();
    this.#wake = null;
  }
}
