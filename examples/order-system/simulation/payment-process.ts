import type { SimulatedBroker } from '@holdfast/testkit';
import type { SimulatedSqlite } from '@holdfast/testkit/sqlite';
import { ConcurrentConsumer } from '../src/consumer/concurrent-consumer.ts';
import { PaymentService } from '../src/payment/payment-service.ts';
import { ProviderClient } from '../src/payment/provider-client.ts';
import { sendingDatabase, WAIT_MS } from './service-process.ts';
import type { SimulatedProvider } from './simulated-provider.ts';
import type { Situations } from './situations.ts';

export interface PaymentProcessOptions {
  readonly database: SimulatedSqlite;
  /** Of the effect journal. */
  readonly effects: SimulatedSqlite;
  readonly broker: SimulatedBroker;
  readonly provider: SimulatedProvider;
  readonly situations: Situations;
}

/** One process of the payment service. */
export function startPayment({ database, effects, broker, provider, situations }: PaymentProcessOptions) {
  const client = new ProviderClient('http://provider', provider.fetch);
  const service = new PaymentService(sendingDatabase(database), { effects: effects.handle(), provider: client });
  const bus = broker.connect();
  const consumer = new ConcurrentConsumer({
    name: PaymentService.queue,
    types: PaymentService.types,
    queue: bus.reader(PaymentService.queue),
    handle: async (envelope, attempt) => {
      const outcome = await service.handle(envelope, attempt);
      if (outcome === 'duplicate') situations.see('a duplicate was dropped');
      return outcome;
    },
    concurrency: 4,
    onError: () => {},
    waitMs: WAIT_MS,
  });
  consumer.start();
  const stop = async () => {
    await consumer.stop();
    await service.close();
    await bus.close();
  };
  return { stop };
}
