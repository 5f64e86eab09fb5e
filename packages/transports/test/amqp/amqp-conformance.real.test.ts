import { describeTransport } from '@holdfast/transports/testing';
import { describe, test } from 'vitest';
import { amqpWorld, classicCapabilities, quorumCapabilities } from './amqp-world.ts';

const ruleMs = 60_000;

describeTransport('RabbitMQ with quorum queues', () => amqpWorld(), {
  describe,
  test: (name, run) => test.concurrent(name, run, ruleMs),
  capabilities: quorumCapabilities,
  without: ['restart'],
});

describeTransport('RabbitMQ with classic queues', () => amqpWorld({ queueType: 'classic' }), {
  describe,
  test: (name, run) => test.concurrent(name, run, ruleMs),
  capabilities: classicCapabilities,
  without: ['restart'],
});
