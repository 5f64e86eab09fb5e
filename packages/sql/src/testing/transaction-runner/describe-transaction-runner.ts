import type { TestRunner } from '../describe-lease-store.ts';
import { commonRules } from './common-rules.ts';
import { postgresRules } from './postgres-rules.ts';
import { RunnerProbe } from './runner-probe.ts';
import { sqliteRules } from './sqlite-rules.ts';
import type { TransactionRunnerSubject } from './transaction-runner-fixture.ts';

/**
 * The rules that every {@link TransactionRunner} obeys, as tests against a fresh fixture each; those of PostgreSQL cut
 * and silence its connections. The test runner is passed in and the assertions are Node's.
 */
export function describeTransactionRunner<Tx>(
  name: string,
  subject: TransactionRunnerSubject<Tx>,
  { describe, test }: TestRunner,
): void {
  const rules = [...commonRules, ...(subject.dialect === 'sqlite' ? sqliteRules : postgresRules)];
  describe(`transaction runner: ${name}`, () => {
    for (const rule of rules) {
      test(rule.name, async () => {
        const fixture = await subject.open(rule.timeouts ?? {});
        try {
          await rule.prove(await RunnerProbe.open(subject, fixture));
        } finally {
          await fixture.close();
        }
      });
    }
  });
}
