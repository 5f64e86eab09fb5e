import { checkRule, publisherRules } from '@holdfast/transports/testing';
import { describe, expect, test } from 'vitest';
import { memoryPublisherFixture } from '../memory/memory-fixtures.ts';
import { type BrokenPublisher, brokenPublishers } from './broken-publishers.ts';
import { silentPublisherFixture } from './silent-publisher.ts';

const ruleNamed = (name: string) => {
  const rule = publisherRules.find((one) => one.name === name);
  if (rule === undefined) throw new Error(`There is no rule "${name}".`);
  return rule;
};
const silenceRules = publisherRules.filter(({ needs }) => needs === 'silence');

describe('each rule for publishers finds wrong adapters', () => {
  test('no rule is without a wrong adapter', () => {
    const answering = publisherRules.filter(({ needs }) => needs !== 'silence');
    expect(Object.keys(brokenPublishers).sort()).toEqual(answering.map(({ name }) => name).sort());
  });

  const cases = Object.entries(brokenPublishers).flatMap(([rule, adapters]) =>
    adapters.map((adapter): [string, string, BrokenPublisher] => [rule, adapter.what, adapter]),
  );
  test.each(cases)('"%s" finds an adapter that %s', async (name, _, { wrap }) => {
    await expect(checkRule(ruleNamed(name), () => memoryPublisherFixture(wrap))).rejects.toThrow();
  });

  test.each(silenceRules.map(({ name }) => name))('"%s" passes an adapter with a deadline', async (name) => {
    await checkRule(ruleNamed(name), () => silentPublisherFixture());
  });

  test.each(silenceRules.map(({ name }) => name))('"%s" finds an adapter that waits for ever', async (name) => {
    const deaf = () => silentPublisherFixture(() => ({ publish: () => new Promise(() => {}) }));
    await expect(checkRule(ruleNamed(name), deaf)).rejects.toThrow('still waiting');
  });

  test.each(silenceRules.map(({ name }) => name))(
    '"%s" finds an adapter that takes silence for consent',
    async (name) => {
      const consenting = () =>
        silentPublisherFixture(() => ({ publish: async (batch) => batch.map(() => ({ outcome: 'accepted' })) }));
      await expect(checkRule(ruleNamed(name), consenting)).rejects.toThrow('accepted');
    },
  );
});
