import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { isRunning } from '../bootstrap/running-process.mjs';
import { type RabbitmqService, startRabbitmq } from '../services/rabbitmq.ts';
import { isRabbitmqReady } from '../services/rabbitmq-ready.ts';
import { connectAmqp } from './amqp-driver.ts';

// A broker starts in seconds, and on a loaded machine in many of them.
vi.setConfig({ testTimeout: 120_000 });

const started: RabbitmqService[] = [];
const quorum = { durable: true, arguments: { 'x-queue-type': 'quorum' } };

afterEach(async () => {
  await Promise.all(started.splice(0).map((broker) => broker.stop()));
});

async function startOwn(settings?: Readonly<Record<string, string>>): Promise<RabbitmqService> {
  const broker = await startRabbitmq(settings === undefined ? { own: true } : { own: true, settings });
  started.push(broker);
  return broker;
}

function isReady({ url, port }: RabbitmqService): Promise<boolean> {
  const { username, password } = new URL(url);
  return isRabbitmqReady(port, { user: username, password });
}

function pidsOf({ dataDir }: RabbitmqService): number[] {
  const folder = dirname(dataDir);
  const files = readdirSync(folder).filter((name) => name.endsWith('.pid') && name !== 'owner.pid');
  return files.map((name) => Number(readFileSync(join(folder, name), 'utf8')));
}

test('two brokers of our own answer side by side, to their own password only, and stop leaves nothing of them', async () => {
  const [first, second] = await Promise.all([startOwn(), startOwn()]);
  expect(await Promise.all([isReady(first), isReady(second)])).toEqual([true, true]);
  expect(await isRabbitmqReady(first.port, { user: 'guest', password: 'guest' })).toBe(false);
  const pids = [...pidsOf(first), ...pidsOf(second)];
  expect(pids).toHaveLength(4);
  expect(pids).toContain(first.pid);
  await Promise.all([first.stop(), second.stop()]);
  expect(pids.filter((pid) => isRunning(pid))).toEqual([]);
  expect([first, second].filter(({ dataDir }) => existsSync(dirname(dataDir)))).toEqual([]);
});

test('confirmed messages of quorum queues survive kill -9 and can be read as soon as the broker is up, at the same URL', async () => {
  const broker = await startOwn();
  const { pid, url } = broker;
  const queues = ['orders', 'payments', 'parcels'];
  const before = await (await connectAmqp(url)).createConfirmChannel();
  for (const queue of queues) {
    await before.assertQueue(queue, quorum);
    before.sendToQueue(queue, Buffer.from(`of ${queue}`), { persistent: true });
  }
  await before.waitForConfirms();
  await broker.syncQueues();
  await broker.down('kill');
  expect(isRunning(pid)).toBe(false);
  expect(await isReady(broker)).toBe(false);
  await broker.up();
  expect(broker.url).toBe(url);
  expect(broker.pid).not.toBe(pid);
  const connection = await connectAmqp(url);
  const after = await connection.createConfirmChannel();
  const messages = await Promise.all(queues.map((queue) => after.get(queue, { noAck: true })));
  const bodies = messages.map((message) => (message === false ? '' : message.content.toString()));
  expect(bodies).toEqual(queues.map((queue) => `of ${queue}`));
  await connection.close();
});

test('after an orderly restart it is another process at the same URL', async () => {
  const broker = await startOwn();
  const { pid, url } = broker;
  await broker.restart('fast');
  expect(broker.url).toBe(url);
  expect(broker.pid).not.toBe(pid);
  expect(await isReady(broker)).toBe(true);
});

test('a memory alarm blocks those who publish until it is cleared', async () => {
  const broker = await startOwn();
  const connection = await connectAmqp(broker.url);
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue('orders', quorum);
  const blocked = new Promise<void>((resolve) => connection.on('blocked', resolve));
  const unblocked = new Promise<void>((resolve) => connection.on('unblocked', resolve));
  await broker.raiseMemoryAlarm();
  // The alarm may come a moment after it was asked for, and blocks who publishes then.
  const publishing = setInterval(() => channel.sendToQueue('orders', Buffer.from('order'), {}), 50);
  await blocked.finally(() => clearInterval(publishing));
  await broker.clearMemoryAlarm();
  await unblocked;
  await channel.waitForConfirms();
  await connection.close();
});

test('a setting that the broker refuses is named in the error', async () => {
  await expect(startOwn({ 'no.such.setting': '1' })).rejects.toThrow('no.such.setting');
});

test('a broker of the environment is used as it is and not ours to change', async () => {
  const broker = await startRabbitmq();
  expect(broker.url).toBe(process.env['HOLDFAST_TEST_AMQP_URL']);
  await expect(broker.restart('fast')).rejects.toThrow('own: true');
  await expect(broker.rabbitmqctl('status')).rejects.toThrow('own: true');
});
