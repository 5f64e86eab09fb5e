import { describe, expect, onTestFinished, test } from 'vitest';
import { startRabbitmq } from '../../../../scripts/services/rabbitmq.ts';
import { startSqs } from '../../../../scripts/services/sqs.ts';
import { CountingConsumer } from '../brokers/counting-consumer.ts';
import { rabbitmqWorld } from '../brokers/rabbitmq-world.ts';
import { sqsWorld } from '../brokers/sqs-world.ts';
import { postgresOutbox } from '../postgres/postgres-outbox.ts';
import type { BrokerAddress } from './relay-process.ts';
import { RelayProcesses } from './relay-processes.ts';
import { SteadyWriters } from './steady-writers.ts';

async function rabbitmq() {
  const { url } = await startRabbitmq();
  const world = await rabbitmqWorld(url);
  const broker: BrokerAddress = { kind: 'rabbitmq', url, exchange: world.exchange };
  return { world, broker };
}

async function sqs() {
  const { url } = await startSqs();
  const world = await sqsWorld(url);
  const broker: BrokerAddress = { kind: 'sqs', url, namespace: world.namespace };
  return { world, broker };
}

describe.each([
  ['RabbitMQ', rabbitmq],
  ['SQS FIFO', sqs],
] as const)('%s', (_name, open) => {
  test('F4.7: relays take over from one that is stopped past its lease and goes on later: nothing is lost, order per key is kept', async () => {
    const outbox = await postgresOutbox(18, { poolSize: 12 });
    const { world, broker } = await open();
    await world.consumer.declare({ queue: world.queue, types: ['order.placed'], leaseMs: 30_000 });
    const consumer = new CountingConsumer(world.consumer.reader(world.queue));
    onTestFinished(() => consumer.stop());
    const relays = await RelayProcesses.listen(outbox.url);
    const writers = await SteadyWriters.start(outbox, { writers: 4, pauseMs: 10 });
    const claimed = ({ told }: { readonly told: readonly Record<string, unknown>[] }) =>
      told.some((one) => one['event'] === 'lane-claimed');
    let holder = relays.spawn({ broker });
    for (let round = 0; round < 5; round += 1) {
      await relays.until(() => claimed(holder));
      const before = consumer.distinct;
      await consumer.until(() => consumer.distinct > before + 50);
      const standby = relays.spawn({ broker });
      await relays.until(() => standby.told.length > 0);
      holder.child.kill('SIGSTOP');
      await relays.until(() => claimed(standby));
      const takenOver = consumer.distinct;
      await consumer.until(() => consumer.distinct > takenOver + 50);
      const old = holder;
      const toldBefore = old.told.length;
      old.child.kill('SIGCONT');
      await relays.until(() => old.told.slice(toldBefore).some((one) => one['event'] === 'lane-lost'));
      old.child.kill('SIGKILL');
      holder = standby;
    }
    const truth = await writers.stop();
    const total = [...truth.values()].flat().length;
    await consumer.until(() => consumer.distinct >= total);
    for (const [key, ids] of truth) expect(consumer.firstIds(key)).toEqual(ids);
    expect(consumer.distinct).toBe(total);
  });
});
