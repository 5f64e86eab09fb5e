import { join } from 'node:path';
import { root } from '../bootstrap/workspace.mjs';
import { checkExports } from '../exports/check-exports.ts';
import { checkGraph } from '../graph/check-graph.ts';
import { checkHygiene } from '../hygiene/check-hygiene.ts';
import { checkSnippets } from '../snippets/check-snippets.ts';
import { reportFindings } from './report-findings.ts';
import { commandScript, runNode } from './run-command.ts';
import { runVitest } from './run-vitest.ts';
import type { Finding, Stage, Tally } from './stage.ts';

/** Biome takes CI for a terminal with colours. */
const colors = process.stdout.isTTY ? [] : ['--colors=off'];
const buildInfo = join(root, '.cache', 'types.tsbuildinfo');

/** Everything that `npm test` proves, in its order. */
export const stages: readonly Stage[] = [
  command('types', 'tsc over sources, tests, examples, bench and scripts', () => [
    commandScript('typescript', 'tsc'),
    '--noEmit',
    '--incremental',
    '--tsBuildInfoFile',
    buildInfo,
  ]),
  command('lint', 'biome', () => [commandScript('@biomejs/biome', 'biome'), 'ci', '--error-on-warnings', ...colors]),
  findings('graph', 'who may import whom', () => checkGraph(root)),
  findings('hygiene', 'versions, links and words that must not be published', () => checkHygiene(root)),
  command('build', 'every package, when stale', () => [join(root, 'scripts', 'build.mjs')]),
  after(
    ['build'],
    findings('exports', 'packed packages: publint, attw, require()', () => checkExports()),
  ),
  vitest('unit', 'pure rules, no services'),
  vitest('sim', 'thousands of seeded runs with crashes, lost answers and outages'),
  vitest('real', 'conformance against real services'),
  after(['build'], vitest('crash', 'processes are killed and recover')),
  after(
    ['build'],
    findings('snippets', 'every code block of README and docs', () => checkSnippets(root)),
  ),
];

function command(name: string, title: string, args: () => readonly string[]): Stage {
  const run = async (): Promise<Tally> => {
    const ok = (await runNode(args())) === 0;
    return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
  };
  return { name, title, needs: [], run };
}

function findings(name: string, title: string, check: () => Promise<readonly Finding[]>): Stage {
  return { name, title, needs: [], run: async () => reportFindings(await check()) };
}

function vitest(name: string, title: string): Stage {
  return { name, title, needs: [], run: ({ filters }) => runVitest(name, filters) };
}

function after(needs: readonly string[], stage: Stage): Stage {
  return { ...stage, needs };
}
