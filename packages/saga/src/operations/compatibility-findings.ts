import type { Finding } from '@holdfast/core';
import type { CompatibilityReport } from './compatibility.ts';

const SUBJECT = 'saga.instances';

/** What `preflight()` says about the instances in the database. */
export function compatibilityFindings(report: CompatibilityReport): readonly Finding[] {
  const { findings, inFlight, examined, unexamined } = report;
  const bad = findings.map(
    ({ isFinished, message }): Finding => ({ level: isFinished ? 'warn' : 'refuse', subject: SUBJECT, message }),
  );
  if (bad.length > 0) return bad;
  const looked = `The definitions can carry the ${inFlight} instances in flight, by version, state, timers and parked events`;
  const message =
    unexamined === 0
      ? `${looked}, and by the data of all instances.`
      : `${looked}; the data of ${examined} instances fits, that of ${unexamined} was not looked into.`;
  return [{ level: 'ok', subject: SUBJECT, message }];
}
