import { beforeEach, expect, test, vi } from 'vitest';
import { runStages } from '../verify/run-stages.ts';
import type { Stage } from '../verify/stage.ts';

const stage = (
  name: string,
  failed: number,
  needs: readonly string[] = [],
): Stage & { readonly calls: () => number } => {
  let calls = 0;
  return {
    name,
    title: name,
    needs,
    calls: () => calls,
    run: async () => {
      calls += 1;
      return { passed: failed > 0 ? 0 : 1, failed, skipped: 0 };
    },
  };
};

beforeEach(() => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  return () => log.mockRestore();
});

test('a failed stage stops only those that need it, and they count as failed', async () => {
  const build = stage('build', 1);
  const exports = stage('exports', 0, ['build']);
  const unit = stage('unit', 0);
  const tallies = await runStages([build, exports, unit], { filters: [] });
  expect(exports.calls()).toBe(0);
  expect(tallies.map(({ failed }) => failed)).toEqual([1, 1, 0]);
});

test('a stage that throws is a failed stage', async () => {
  const broken: Stage = { ...stage('graph', 0), run: () => Promise.reject(new Error('broken')) };
  expect(await runStages([broken], { filters: [] })).toEqual([{ passed: 0, failed: 1, skipped: 0 }]);
});
