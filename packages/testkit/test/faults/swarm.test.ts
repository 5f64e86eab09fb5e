import { expect, test } from 'vitest';
import { type FaultKind, faultKinds } from '../../src/faults/fault.ts';
import type { FaultSite } from '../../src/faults/fault-source.ts';
import { faults } from '../../src/faults/faults.ts';
import { SwarmProfile } from '../../src/faults/swarm-profile.ts';
import { ioFaults } from '../../src/kernel/io-site.ts';

const sites: FaultSite[] = Array.from({ length: 400 }, (_, index) => ({
  place: `relay-${(index % 4) + 1}`,
  label: 'bus.publish',
  occurrence: 1 + Math.floor(index / 4),
  kinds: ioFaults,
}));

test('what happens at a site depends on seed and address alone, not on what was asked before', () => {
  const whole = faults.swarm({ most: 10_000 }).source(4);
  const decisions = new Map(sites.map((site) => [site, whole.at(site)]));
  const backwards = faults.swarm({ most: 10_000 }).source(4);
  for (const site of [...sites].reverse().filter((_, index) => index % 3 !== 0)) {
    expect(backwards.at(site)).toEqual(decisions.get(site));
  }
  expect([...decisions.values()].filter((fault) => fault !== null).length).toBeGreaterThan(5);
});

test('each run draws its own level of each kind: in some runs a kind does not happen, in others often', () => {
  const profile = new SwarmProfile({ name: 'swarm', withZero: true });
  for (const kind of faultKinds) {
    const levels = Array.from({ length: 200 }, (_, seed) => profile.levels(seed).get(kind) ?? 0);
    expect(levels.filter((level) => level === 0).length).toBeGreaterThan(40);
    expect(new Set(levels).size).toBe(5);
  }
  const mixtures = new Set(
    Array.from({ length: 200 }, (_, seed) => JSON.stringify([...profile.levels(seed)].map(([kind]) => kind))),
  );
  expect(mixtures.size).toBeGreaterThan(150);
});

test('a run has no more faults than it may', () => {
  for (let seed = 0; seed < 50; seed += 1) {
    const source = faults.swarm({ most: 3 }).source(seed);
    expect(sites.filter((site) => source.at(site) !== null).length).toBeLessThanOrEqual(3);
  }
});

test('only the kinds that are named happen, in every run', () => {
  const kinds = new Set<FaultKind | undefined>();
  for (let seed = 0; seed < 50; seed += 1) {
    const source = faults.only('crash-after', 'pause').source(seed);
    for (const site of sites) kinds.add(source.at(site)?.kind);
    expect(
      new SwarmProfile({ name: 'only', kinds: ['pause'], withZero: false }).levels(seed).get('pause'),
    ).toBeGreaterThan(0);
  }
  expect(kinds).toEqual(new Set([undefined, 'crash-after', 'pause']));
});

test('a kind happens only where the site allows it', () => {
  const source = faults.swarm({ most: 10_000 }).source(9);
  const found = sites.map((site) => source.at({ ...site, kinds: ['duplicate'] })?.kind);
  expect(new Set(found)).toEqual(new Set([undefined, 'duplicate']));
});

test('durations are drawn for each fault, and clocks jump both ways', () => {
  const all = Array.from({ length: 40 }, (_, seed) => {
    const source = faults.only('clock-jump', 'pause').source(seed);
    return sites
      .map((site) => source.at({ ...site, kinds: ['clock-jump', 'pause'] }))
      .filter((fault) => fault !== null);
  }).flat();
  const jumps = all.filter(({ kind }) => kind === 'clock-jump').map(({ ms }) => ms ?? 0);
  const pauses = all.filter(({ kind }) => kind === 'pause').map(({ ms }) => ms ?? 0);
  expect(jumps.some((ms) => ms < 0) && jumps.some((ms) => ms > 0)).toBe(true);
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(10);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(60_000);
  expect(new Set(pauses).size).toBeGreaterThan(pauses.length / 2);
});

test('nothing goes wrong without faults', () => {
  const source = faults.none().source(1);
  expect(sites.every((site) => source.at(site) === null)).toBe(true);
});

test('wrong options are refused by name', () => {
  expect(() => faults.only()).toThrow('Option "kinds"');
  expect(() => faults.only('crash' as FaultKind)).toThrow('Option "kinds" is "crash"');
  expect(() => faults.swarm({ most: 0 })).toThrow('Option "most" is "0"');
});
