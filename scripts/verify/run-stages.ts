import type { Stage, StageContext, Tally } from './stage.ts';

/** Runs the stages in order, each with heading and time. A stage whose needs failed is not run: its result would mean nothing. */
export async function runStages(stages: readonly Stage[], context: StageContext): Promise<Tally[]> {
  const failed = new Set<string>();
  const tallies: Tally[] = [];
  for (const stage of stages) {
    console.log(`\n── ${stage.name}: ${stage.title}`);
    const missing = stage.needs.find((name) => failed.has(name));
    const tally = missing === undefined ? await runStage(stage, context) : notRun(missing);
    if (tally.failed > 0 || tally.skipped > 0) failed.add(stage.name);
    tallies.push(tally);
  }
  return tallies;
}

async function runStage(stage: Stage, context: StageContext): Promise<Tally> {
  const start = performance.now();
  const tally = await stage.run(context).catch(broken);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const skipped = tally.skipped > 0 ? `, skipped ${tally.skipped}` : '';
  console.log(
    `   ${tally.failed > 0 ? '✗' : '✓'} ${stage.name}: ok ${tally.passed}, not ok ${tally.failed}${skipped} (${seconds} s)`,
  );
  return tally;
}

function broken(error: unknown): Tally {
  console.log(error);
  return { passed: 0, failed: 1, skipped: 0 };
}

function notRun(missing: string): Tally {
  console.log(`   ✗ not run, because "${missing}" failed`);
  return { passed: 0, failed: 1, skipped: 0 };
}
