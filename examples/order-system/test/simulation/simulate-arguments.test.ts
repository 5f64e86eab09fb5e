import { expect, test } from 'vitest';
import { simulateArguments } from '../../simulation/command/simulate-arguments.ts';

test('without arguments a campaign has 2,000 seeds on all kinds of brokers, and with a time as many as there is time for', () => {
  expect(simulateArguments([])).toMatchObject({ seeds: 2_000, minutes: null, seed: null, profiles: null, orders: 2 });
  expect(simulateArguments(['--minutes', '30'])).toMatchObject({ seeds: null, minutes: 30 });
  expect(simulateArguments(['--minutes', '0.5', '--seeds', '9'])).toMatchObject({ seeds: 9, minutes: 0.5 });
  expect(simulateArguments(['--profile', 'sqsFifo'])).toMatchObject({ profiles: ['sqsFifo'] });
});

test('one seed is run by one process, twice', () => {
  expect(simulateArguments(['--seed', '7', '--workers', '4'])).toMatchObject({ seed: 7, workers: 1, repeat: 1 });
});

test('a sweep goes through the faults of a seed, and a replay through those of its plan', () => {
  expect(simulateArguments(['--sweep', '--seed', '7', '--workers', '4'])).toMatchObject({
    sweep: true,
    seed: 7,
    workers: 4,
  });
  expect(simulateArguments(['--replay', 'plan.json'])).toMatchObject({ replay: 'plan.json', workers: 1 });
});

test('help is asked for', () => {
  expect(simulateArguments(['--help'])).toBeNull();
});

test.each([
  [['--profile', 'kafka'], /Option "--profile" is "kafka". Give one of memory, rabbitQuorum.*, or all/],
  [['--profile', 'toString'], /Option "--profile"/],
  [['--minutes', '0'], /Option "--minutes" is "0". Give a number from 0.001/],
  [['--seeds', '1.5'], /Option "--seeds" is "1.5". Give a whole number/],
  [['--orders', '0'], /Option "--orders" is "0". Give a number from 1/],
  [['--workers', '-1'], /--workers/],
  [['--repeat', '2'], /Option "--repeat" is "2"/],
  [['--replay', ''], /Option "--replay" is empty. Name a file/],
  [['--seed', '1', '--minutes', '1'], /"--seed" and "--minutes" exclude each other. Give one of them/],
  [['--sweep', '--seeds', '1'], /"--sweep" and "--seeds" exclude each other/],
  [['--replay', 'x', '--seed', '1'], /"--replay" and "--seed" exclude each other/],
  [['--seed', '1', '--seed', '2'], /Option "--seed" is given twice/],
  [['--foo'], /Unknown option '--foo'/],
])('%j is refused by name', (args, message) => {
  expect(() => simulateArguments(args)).toThrow(message);
});
