import { expect, test } from 'vitest';
import { simulateArguments } from '../../simulation/command/simulate-arguments.ts';

test('without arguments a campaign has 2,000 seeds, and with a time as many as there is time for', () => {
  expect(simulateArguments([])).toMatchObject({ seeds: 2_000, minutes: null, seed: null, profile: 'rabbitQuorum' });
  expect(simulateArguments(['--minutes', '30'])).toMatchObject({ seeds: null, minutes: 30 });
  expect(simulateArguments(['--minutes', '0.5', '--seeds', '9'])).toMatchObject({ seeds: 9, minutes: 0.5 });
});

test('one seed is run by one process, twice', () => {
  expect(simulateArguments(['--seed', '7', '--workers', '4'])).toMatchObject({ seed: 7, workers: 1, repeat: 1 });
});

test('help is asked for', () => {
  expect(simulateArguments(['--help'])).toBeNull();
});

test.each([
  [['--profile', 'kafka'], /Option "--profile" is "kafka". Give one of memory, rabbitQuorum/],
  [['--profile', 'toString'], /Option "--profile"/],
  [['--minutes', '0'], /Option "--minutes" is "0". Give a number from 0.001/],
  [['--seeds', '1.5'], /Option "--seeds" is "1.5". Give a whole number/],
  [['--workers', '-1'], /--workers/],
  [['--repeat', '2'], /Option "--repeat" is "2"/],
  [['--foo'], /Unknown option '--foo'/],
])('%j is refused by name', (args, message) => {
  expect(() => simulateArguments(args)).toThrow(message);
});
