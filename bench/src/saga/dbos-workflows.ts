import { DBOS } from '@dbos-inc/dbos-sdk';
import type { Answer, Order } from './order-flow.ts';

/** Cheaper than the format of its own. */
const json = {
  name: () => 'json',
  stringify: (value: unknown) => JSON.stringify(value),
  parse: (text: string | null | undefined): unknown => (text === null || text === undefined ? null : JSON.parse(text)),
};

const silent = { info() {}, debug() {}, warn() {}, error() {} };

export interface DbosWorkflowsOptions {
  /** Of a database of its own. */
  readonly url: string;
  readonly connections: number;
}

/** What a step does: it sends a request by `send`, and its participant answers at once. */
async function stepOf(what: string, order: Order): Promise<Answer> {
  await send?.(what, order);
  return { orderId: order.orderId, reference: `${what}-1` };
}

let send: ((what: string, order: Order) => Promise<void>) | null = null;

const workflow = DBOS.registerWorkflow(
  async (order: Order) => {
    const payment = await DBOS.runStep(() => stepOf('payment', order), { name: 'payment' });
    const reservation = await DBOS.runStep(() => stepOf('reservation', order), { name: 'reservation' });
    const delivery = await DBOS.runStep(() => stepOf('delivery', order), { name: 'delivery' });
    return { payment: payment.reference, reservation: reservation.reference, delivery: delivery.reference };
  },
  { name: 'order' },
);

/** DBOS Transact with a system database of its own; no queue, no notifications, no traces, nothing logged, plain JSON. */
export class DbosWorkflows {
  /** One at a time in a process: that is how DBOS is made. */
  static async launch({ url, connections }: DbosWorkflowsOptions): Promise<DbosWorkflows> {
    DBOS.setConfig({
      name: 'bench',
      systemDatabaseUrl: url,
      systemDatabasePoolSize: connections,
      useListenNotify: false,
      tracingEnabled: false,
      enableOTLP: false,
      serializer: json,
      logger: silent,
      applicationVersion: '1',
      executorID: 'bench',
    });
    await DBOS.launch();
    return new DbosWorkflows();
  }

  private constructor() {}

  /**
   * One workflow of three steps, from its start to its end, under the order's id. `sending` is what each step does besides its
   * checkpoint; `null`: nothing. The same for all workflows that run at a time.
   */
  async run(order: Order, sending: typeof send): Promise<void> {
    send = sending;
    await DBOS.withNextWorkflowID(order.orderId, () => workflow(order));
  }

  stop(): Promise<void> {
    return DBOS.shutdown();
  }
}
