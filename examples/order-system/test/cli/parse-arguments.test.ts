import { expect, test } from 'vitest';
import { DEFAULT_COUNTS, DEFAULT_SEED } from '../../src/cli/command.ts';
import { parseArguments } from '../../src/cli/parse-arguments.ts';

test('without arguments orders are generated in a temporary folder', () => {
  const orders = { seed: DEFAULT_SEED, count: DEFAULT_COUNTS.memory };
  expect(parseArguments([])).toEqual({ kind: 'run', orders, transport: 'memory', folder: null, json: false });
});

test('arguments say where orders come from and where data goes', () => {
  expect(parseArguments(['--seed', '7', '--count=10', '--json'])).toMatchObject({
    orders: { seed: 7, count: 10 },
    json: true,
  });
  expect(parseArguments(['--orders', 'a.csv', '--data', 'd'])).toMatchObject({
    orders: { file: 'a.csv' },
    folder: 'd',
  });
  for (const transport of ['memory', 'sql', 'amqp', 'sqs'] as const) {
    const orders = { seed: DEFAULT_SEED, count: DEFAULT_COUNTS[transport] };
    expect(parseArguments(['--transport', transport])).toMatchObject({ transport, orders });
  }
  expect(parseArguments(['--audit', 'd'])).toEqual({ kind: 'audit', folder: 'd', json: false });
  expect(parseArguments(['--help', '--count', 'x'])).toEqual({ kind: 'help' });
});

test.each([
  [['--foo'], /Unknown option '--foo'/],
  [['extra'], /Unexpected argument 'extra'/],
  [['--seed'], /--seed/],
  [['--seed', '--json'], /--seed/],
  [['--json=1'], /--json/],
  [['--orders', 'a', '--seed', '1'], /"--orders" and "--seed" exclude each other/],
  [['--orders', 'a', '--count', '1'], /"--orders" and "--count" exclude each other/],
  [['--audit', 'd', '--orders', 'a'], /"--audit" and "--orders" exclude each other/],
  [['--orders', 'a', '--orders', 'b'], /"--orders" is given twice/],
  [['--audit', 'd', '--transport', 'sql'], /"--audit" and "--transport" exclude each other/],
  [['--transport', 'kafka'], /"--transport" is "kafka". Give one of memory, sql, amqp, sqs/],
  [['--transport='], /"--transport" is ""/],
  [['--orders', ''], /"--orders" is empty. Name a file/],
  [['--data='], /"--data" is empty. Name a folder/],
  [['--count', '0'], /"--count" is "0". Give a whole number from 1/],
  [['--count', '1e3'], /"--count" is "1e3"/],
  [['--count', '1000001'], /"--count" is "1000001"/],
  [['--seed=-1'], /"--seed" is "-1"/],
  [['--seed', '99999999999'], /"--seed" is/],
])('%j is bad usage', (args, message) => {
  expect(() => parseArguments(args)).toThrow(message);
});
