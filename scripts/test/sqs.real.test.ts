import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { isRunning } from '../bootstrap/running-process.mjs';
import { type SqsService, startSqs } from '../services/sqs.ts';
import { isSqsReady } from '../services/sqs-ready.ts';
import { callSns, callSqs } from './aws-request.ts';

const started: SqsService[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((service) => service.stop()));
});

async function startOwn(): Promise<SqsService> {
  const service = await startSqs({ own: true });
  started.push(service);
  return service;
}

async function createQueue({ url }: SqsService, name: string): Promise<unknown> {
  return (await callSqs(url, 'CreateQueue', { QueueName: name }))['QueueUrl'];
}

async function receivedFrom({ url }: SqsService, queue: unknown): Promise<readonly unknown[]> {
  const { Messages = [] } = await callSqs(url, 'ReceiveMessage', { QueueUrl: queue, MaxNumberOfMessages: 10 });
  return (Messages as readonly { readonly Body: string }[]).map(({ Body }) => Body);
}

test('two emulators of our own answer side by side, and stop leaves nothing of them', async () => {
  const [first, second] = await Promise.all([startOwn(), startOwn()]);
  expect(await Promise.all([isSqsReady(first.port), isSqsReady(second.port)])).toEqual([true, true]);
  await Promise.all([first.stop(), second.stop()]);
  expect([first, second].filter(({ pid }) => isRunning(pid))).toEqual([]);
  expect([first, second].filter(({ dataDir }) => existsSync(dirname(dataDir)))).toEqual([]);
});

test.each(['orders', 'orders.fifo'])('a message that was accepted into "%s" survives kill -9', async (name) => {
  const service = await startOwn();
  const { pid, url } = service;
  const queue = await createQueue(service, name);
  const order = name.endsWith('.fifo') ? { MessageGroupId: 'customer 1', MessageDeduplicationId: '1' } : {};
  await callSqs(url, 'SendMessage', { QueueUrl: queue, MessageBody: 'order 1', ...order });
  await service.down('kill');
  expect(isRunning(pid)).toBe(false);
  expect(await isSqsReady(service.port)).toBe(false);
  await service.up();
  expect(service.url).toBe(url);
  expect(service.pid).not.toBe(pid);
  expect(await receivedFrom(service, queue)).toEqual(['order 1']);
});

test('a topic still delivers to its queues after kill -9', async () => {
  const service = await startOwn();
  const queue = await createQueue(service, 'orders');
  const created = await callSns(service.url, 'CreateTopic', { Name: 'events' });
  const topic = /<TopicArn>(.*)<\/TopicArn>/.exec(created)?.[1] ?? '';
  await callSns(service.url, 'Subscribe', {
    TopicArn: topic,
    Protocol: 'sqs',
    Endpoint: 'arn:aws:sqs:eu-central-1:000000000000:orders',
    'Attributes.entry.1.key': 'RawMessageDelivery',
    'Attributes.entry.1.value': 'true',
  });
  await service.restart('kill');
  await callSns(service.url, 'Publish', { TopicArn: topic, Message: 'order 1' });
  expect(await receivedFrom(service, queue)).toEqual(['order 1']);
});

test('every character that SQS allows is accepted, and no other', async () => {
  const service = await startOwn();
  const queue = await createQueue(service, 'orders');
  await callSqs(service.url, 'SendMessage', { QueueUrl: queue, MessageBody: 'größer, 大, 😀' });
  const refused = callSqs(service.url, 'SendMessage', { QueueUrl: queue, MessageBody: 'bell \u0007' });
  await expect(refused).rejects.toThrow('InvalidMessageContents');
  expect(await receivedFrom(service, queue)).toEqual(['größer, 大, 😀']);
});

test('an endpoint of the environment is used as it is and not ours to stop', async () => {
  const service = await startSqs();
  expect(service.url).toBe(process.env['HOLDFAST_TEST_SQS_URL']);
  await expect(service.restart('fast')).rejects.toThrow('own: true');
});
