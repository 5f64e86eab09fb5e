import { expect, test } from 'vitest';
import { serviceFor } from '../services/service-arguments.ts';

test.each([
  [['--transport', 'amqp'], 'HOLDFAST_AMQP_URL'],
  [['--seed', '1', '--transport=sqs'], 'HOLDFAST_SQS_URL'],
  [['--transport', 'sqs', '--transport', 'amqp'], 'HOLDFAST_AMQP_URL'],
] as const)('%j needs what is named in %s', (args, variable) => {
  expect(serviceFor(args, {})?.variable).toBe(variable);
});

test.each([
  [[]],
  [['--transport']],
  [['--transport', 'memory']],
  [['--seed', '1']],
  [['--transport', 'amqp', '--help']],
])('%j needs nothing', (args) => {
  expect(serviceFor(args, {})).toBeUndefined();
});

test('a service that the environment names is not started', () => {
  const args = ['--transport', 'amqp'];
  expect(serviceFor(args, { HOLDFAST_AMQP_URL: 'amqp://broker' })).toBeUndefined();
  expect(serviceFor(args, { HOLDFAST_AMQP_URL: '' })?.service).toBe('rabbitmq');
});
