import type { SQSClient } from '@aws-sdk/client-sqs';
import { SqsTransport } from '@holdfast/transports/sqs';
import type { BenchContext } from '../harness/bench-row.ts';
import { Meter } from '../harness/meter.ts';
import { SqsQueue } from './sqs-queue.ts';

/** Requests in flight, of both: our default. */
const IN_FLIGHT = 10;
const QUEUE = 'bench';

/** Our transport and a hand-written loop with a queue each, on the same emulator. */
export class EmulatedQueues {
  readonly raw: SqsQueue;
  readonly transport: SqsTransport;
  readonly #clients: readonly SQSClient[];
  readonly #serverPid: number;

  private constructor(raw: SqsQueue, transport: SqsTransport, owned: Owned) {
    this.raw = raw;
    this.transport = transport;
    this.#clients = owned.clients;
    this.#serverPid = owned.serverPid;
  }

  static async create(context: BenchContext): Promise<EmulatedQueues> {
    const server = await context.sqs();
    const clients = [server.client(), server.client()] as const;
    const raw = await SqsQueue.create(clients[0], IN_FLIGHT);
    const transport = new SqsTransport({
      sqs: clients[1],
      namespace: 'bench',
      sendConcurrency: IN_FLIGHT,
      receiveConcurrency: IN_FLIGHT,
    });
    await transport.declare({ queue: QUEUE, types: ['order.placed'] });
    return new EmulatedQueues(raw, transport, { clients, serverPid: server.pid });
  }

  get reader() {
    return this.transport.reader(QUEUE);
  }

  meter(): Meter {
    return new Meter(this.#serverPid);
  }

  async drop(): Promise<void> {
    await this.transport.close();
    await this.raw.drop();
    for (const client of this.#clients) client.destroy();
  }
}

interface Owned {
  readonly clients: readonly SQSClient[];
  readonly serverPid: number;
}
