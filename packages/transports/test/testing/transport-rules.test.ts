import { checkRule, transportRules } from '@holdfast/transports/testing';
import { describe, expect, test } from 'vitest';
import { memoryWorld } from '../memory/memory-world.ts';
import type { BrokenTransport } from './broken-transport.ts';
import { brokenTransports } from './broken-transports.ts';

const { publishing, reading, ...wholeTransport } = transportRules;
const rules = Object.values(wholeTransport).flat();

describe('each rule for transports finds wrong adapters', () => {
  test('no rule is without a wrong adapter', () => {
    expect(Object.keys(brokenTransports).sort()).toEqual(rules.map(({ name }) => name).sort());
  });

  test('every rule has a name of its own', () => {
    const names = Object.values(transportRules).flatMap((part) => part.map(({ name }) => name));
    expect(new Set(names).size).toBe(names.length);
  });

  const cases = Object.entries(brokenTransports).flatMap(([rule, adapters]) =>
    adapters.map((adapter): [string, string, BrokenTransport] => [rule, adapter.what, adapter]),
  );
  test.each(cases)('"%s" finds an adapter that %s', async (name, _, adapter) => {
    const rule = rules.find((one) => one.name === name);
    await expect(checkRule(rule!, () => memoryWorld(adapter))).rejects.toThrow();
  });
});
