import { describeEffectStore } from '@holdfast/inbox-dedup/testing';
import { describe, test } from 'vitest';
import { effectExecutor } from '../../src/effects/effect-database.ts';
import { postgresEffects } from './effect-world.ts';

for (const version of [15, 18] as const) {
  describeEffectStore(
    `PostgreSQL ${version}`,
    async () => {
      const { store, open, elapse } = await postgresEffects(version);
      const executors = [effectExecutor(open()), effectExecutor(open())] as const;
      return { store, executor: executors[0], other: executors[1], elapse, close: async () => {} };
    },
    { describe, test },
  );
}
