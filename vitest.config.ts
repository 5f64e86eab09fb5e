import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const packages = fileURLToPath(new URL('./packages', import.meta.url));

/** `@holdfast/sql` is `packages/sql/src/index.ts`, `@holdfast/sql/pg` is `packages/sql/src/pg/index.ts`. */
const alias = [
  { find: /^@holdfast\/([^/]+)$/, replacement: `${packages}/$1/src/index.ts` },
  { find: /^@holdfast\/([^/]+)\/([^/]+)$/, replacement: `${packages}/$1/src/$2/index.ts` },
];

const roots = '{packages/*,examples/*,bench,scripts}';
const notUnit = ['**/*.real.test.ts', '**/*.crash.test.ts', '**/*.sim.test.ts'];
const never = ['**/node_modules/**', '**/dist/**'];

export default defineConfig({
  resolve: { alias },
  test: {
    allowOnly: process.env['CI'] === undefined,
    passWithNoTests: true,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [`${roots}/test/**/*.test.ts`],
          exclude: [...notUnit, ...never],
        },
      },
      {
        extends: true,
        test: {
          name: 'sim',
          include: [`${roots}/test/**/*.sim.test.ts`],
          exclude: never,
          maxWorkers: 2,
          testTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'real',
          include: [`${roots}/test/**/*.real.test.ts`],
          exclude: never,
          globalSetup: ['./scripts/services/vitest-global-setup.ts'],
          maxWorkers: 2,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'crash',
          include: [`${roots}/test/**/*.crash.test.ts`],
          exclude: never,
          globalSetup: ['./scripts/services/vitest-global-setup.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
