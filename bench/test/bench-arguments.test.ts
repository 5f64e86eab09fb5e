import { expect, test } from 'vitest';
import { benchArguments } from '../src/harness/bench-arguments.ts';

test('a plain call runs everything five times', () => {
  expect(benchArguments([])).toEqual({
    suites: [],
    only: [],
    output: 'text',
    quick: false,
    large: false,
    rounds: 5,
    postgres: 15,
  });
});

test('rows are named by several options or with commas', () => {
  expect(benchArguments(['outbox', '--only', 'read,write', '--only', 'size']).only).toEqual(['read', 'write', 'size']);
});

test('a quick run is one round', () => {
  expect(benchArguments(['--quick']).rounds).toBe(1);
});

test.each([['--rounds', 'many'], ['--pg', '12'], ['--json', '--markdown'], ['--quick', '--markdown'], ['--fast']])(
  'what makes no sense is refused: %s %s',
  (...args) => {
    expect(() => benchArguments(args)).toThrow();
  },
);
