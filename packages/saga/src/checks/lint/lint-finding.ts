/** What {@link lint} looks for. */
export type LintRule =
  | 'unreachable-state'
  | 'dead-end'
  | 'no-timeout'
  | 'attention-without-action'
  | 'event-never-taken'
  | 'command-never-sent'
  | 'timer-never-set'
  | 'timer-never-taken'
  | 'timer-lost'
  | 'shadowed-transition'
  | 'parked-for-ever'
  | 'missing-compensation';

/** Something that is probably a mistake, with where it is. */
export interface LintFinding {
  readonly rule: LintRule;
  readonly message: string;
  readonly state?: string;
  readonly event?: string;
  readonly command?: string;
  readonly timer?: string;
  readonly step?: string;
}
