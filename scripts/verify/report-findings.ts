import type { Finding, Tally } from './stage.ts';

/** Prints the problems and counts each check once. */
export function reportFindings(findings: readonly Finding[]): Tally {
  const broken = findings.filter(({ problems }) => problems.length > 0);
  for (const { check, problems } of broken) {
    console.log(`✗ ${check}`);
    for (const problem of problems) console.log(`    ${problem}`);
  }
  return { passed: findings.length - broken.length, failed: broken.length, skipped: 0 };
}
