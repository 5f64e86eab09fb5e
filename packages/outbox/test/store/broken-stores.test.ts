import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { checkOutboxStoreRule, type OutboxStoreRule, outboxStoreRules } from '../../src/testing/index.ts';
import { brokenHolders } from './broken/broken-holders.ts';
import { brokenHousekeeping } from './broken/broken-housekeeping.ts';
import { brokenNumbers } from './broken/broken-numbers.ts';
import { brokenParking } from './broken/broken-parking.ts';
import { brokenReads } from './broken/broken-reads.ts';
import type { BrokenStore } from './broken/broken-store.ts';
import { brokenWrites } from './broken/broken-writes.ts';
import { memoryFixture } from './memory-fixture.ts';

const brokenStores = [
  ...brokenReads,
  ...brokenWrites,
  ...brokenNumbers,
  ...brokenHolders,
  ...brokenParking,
  ...brokenHousekeeping,
];

test.each(brokenStores)('the suite catches a store in which $name', async (broken) => {
  const rule = outboxStoreRules.find(({ name }) => name === broken.caughtBy);
  expect(rule, `a rule named "${broken.caughtBy}"`).toBeDefined();
  expect(await failureOf(rule as OutboxStoreRule, broken)).not.toBeNull();
});

test('the suite finds nothing wrong with the right store by the rules that catch broken ones', async () => {
  const names = new Set(brokenStores.map(({ caughtBy }) => caughtBy));
  const rules = outboxStoreRules.filter(({ name }) => names.has(name));
  for (const rule of rules) expect(await failureOf(rule, {}), rule.name).toBeNull();
});

test('every rule has a name of its own', () => {
  const names = outboxStoreRules.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
});

/** Turns of the event loop that a rule may take in memory before it counts as hung. */
const TURNS = 2_000;

async function failureOf(rule: OutboxStoreRule, broken: Partial<BrokenStore>): Promise<string | null> {
  let ended = false;
  const run = checkOutboxStoreRule(rule, () => memoryFixture(broken)).then(
    () => null,
    (error: unknown) => String(error),
  );
  const done = run.finally(() => {
    ended = true;
  });
  for (let turn = 0; turn < TURNS && !ended; turn += 1) await setImmediate();
  return ended ? done : 'hangs';
}
