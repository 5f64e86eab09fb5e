import { expect, test } from 'vitest';
import { sweepsText } from '../../simulation/command/sweeps-text.ts';

const swept = { profile: 'memory', seed: 1, sites: 400, runs: 1_201, pairs: 0, steps: 9, missed: 0, seen: {} };

test('a sweep tells which single faults broke which rule', () => {
  const problem = { check: 'nothing is lost', message: 'm1 is lost' };
  const failures = [
    { faults: [{ at: 'relay-1/bus.publish#2', kind: 'crash-after' as const }], problems: [problem, problem] },
  ];
  const text = sweepsText([
    { ...swept, isComplete: true, failures },
    { ...swept, profile: 'sqsFifo', isComplete: false, failures: [], missed: 2 },
  ]);
  expect(text).toContain('sweep on memory, seed 1: 1 of 1,201 runs broke a rule, at 400 sites\n');
  expect(text).toMatch(/broke "nothing is lost": "relay-1" dies right after its 2nd bus\.publish/);
  expect(text).toMatch(/sweep on sqsFifo, seed 1: 0 of .*\n {2}not complete\n {2}2 faults did not happen/);
});
