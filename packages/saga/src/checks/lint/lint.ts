import type { SagaDefinition } from '../../definition/saga-definition.ts';
import type { SagaNames } from '../../definition/saga-spec.ts';
import type { LintFinding, LintRule } from './lint-finding.ts';
import { LintedSaga } from './linted-saga.ts';
import { nameFindings } from './name-rules.ts';
import { stateFindings } from './state-rules.ts';
import { stepFindings } from './step-rules.ts';
import { timerFindings } from './timer-rules.ts';

export interface LintOptions {
  /** Findings that are meant to be so: those that have all that one of these says. @default none */
  readonly accept?: readonly ({ readonly rule: LintRule } & Partial<Omit<LintFinding, 'rule' | 'message'>>)[];
}

/**
 * What is probably a mistake in a definition, found without running it: states that nobody comes to or that wait for ever, timers that
 * run out unheard, names without use, steps whose effects would stay. Guards are not looked into; {@link explore} does that.
 */
export function lint<Names extends SagaNames>(
  definition: SagaDefinition<Names>,
  { accept = [] }: LintOptions = {},
): readonly LintFinding[] {
  const saga = new LintedSaga(definition);
  const findings = [...stateFindings(saga), ...timerFindings(saga), ...nameFindings(saga), ...stepFindings(saga)];
  return findings.filter((finding) => !accept.some((accepted) => fits(finding, accepted)));
}

function fits(finding: LintFinding, accepted: NonNullable<LintOptions['accept']>[number]): boolean {
  const said: Readonly<Record<string, unknown>> = { ...finding };
  return Object.entries(accepted).every(([field, value]) => value === undefined || said[field] === value);
}
