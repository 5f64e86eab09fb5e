import { AmqpTransport, type AmqpTransportOptions } from '@holdfast/transports/amqp';
import * as amqplib from 'amqplib';
import { expect, test } from 'vitest';

const connect = () => amqplib.connect('amqp://127.0.0.1:1');

test.each<[string, Partial<AmqpTransportOptions>]>([
  ['connect', { connect: undefined as never }],
  ['exchange', { exchange: '' }],
  ['exchange', { exchange: 'amq.topic' }],
  ['queueType', { queueType: 'stream' as never }],
  ['maxMessageBytes', { maxMessageBytes: 0 }],
  ['windowSize', { windowSize: 0 }],
  ['windowBytes', { windowBytes: 0.5 }],
  ['confirmTimeoutMs', { confirmTimeoutMs: 0 }],
  ['prefetch', { prefetch: 65_536 }],
  ['confirmAcks', { confirmAcks: 'yes' as never }],
  ['bufferMs', { bufferMs: -1 }],
  ['leaseMs', { leaseMs: 0 }],
  ['answerTimeoutMs', { answerTimeoutMs: Number.NaN }],
  ['silenceMs', { silenceMs: 1 }],
  ['maxBackoffMs', { maxBackoffMs: 0 }],
])('a wrong "%s" is refused by name', (option, options) => {
  const construct = () => new AmqpTransport({ connect, ...options });
  expect(construct).toThrow(expect.objectContaining({ code: 'ERR_CORE_INVALID_OPTION', option }));
});

test('a transport that is not used does not connect', async () => {
  let attempts = 0;
  const transport = new AmqpTransport({
    connect: () => {
      attempts += 1;
      return connect();
    },
  });
  transport.reader('payment');
  await transport.close();
  expect(attempts).toBe(0);
});
