import { checkRule, queueReaderRules } from '@holdfast/transports/testing';
import { describe, expect, test } from 'vitest';
import { memoryQueueReaderFixture } from '../memory/memory-fixtures.ts';
import { type BrokenReader, brokenReaders } from './broken-readers.ts';

describe('each rule for queue readers finds wrong adapters', () => {
  test('no rule is without a wrong adapter', () => {
    expect(Object.keys(brokenReaders).sort()).toEqual(queueReaderRules.map(({ name }) => name).sort());
  });

  const cases = Object.entries(brokenReaders).flatMap(([rule, adapters]) =>
    adapters.map((adapter): [string, string, BrokenReader] => [rule, adapter.what, adapter]),
  );
  test.each(cases)('"%s" finds an adapter that %s', async (name, _, { wrap }) => {
    const rule = queueReaderRules.find((one) => one.name === name);
    await expect(checkRule(rule!, () => memoryQueueReaderFixture(wrap))).rejects.toThrow();
  });
});
