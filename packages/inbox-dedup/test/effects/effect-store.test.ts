import { describeEffectStore } from '@holdfast/inbox-dedup/testing';
import { describe, test } from 'vitest';
import { effectExecutor } from '../../src/effects/effect-database.ts';
import { sqliteEffects } from './effect-world.ts';

describeEffectStore(
  'SQLite',
  async () => {
    const { store, open, elapse } = await sqliteEffects();
    const executors = [effectExecutor(open()), effectExecutor(open())] as const;
    return { store, executor: executors[0], other: executors[1], elapse, close: async () => {} };
  },
  { describe, test },
);
