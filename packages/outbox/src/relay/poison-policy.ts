/**
 * What happens when the destination rejects a message for good.
 * - `park`: it is put aside with its reason, and every later message of its key behind it; other keys go on
 * - `skip`: it is put aside, later messages of its key go on
 * - `block`: its lane waits and tries again, for streams in which nothing may be missing
 */
export type PoisonPolicy = 'park' | 'skip' | 'block';

/** The policy of each message type. `default` is for the types that are not named. @default all `park` */
export interface PoisonPolicies {
  readonly default?: PoisonPolicy;
  readonly types?: Readonly<Record<string, PoisonPolicy>>;
}

export function policyOf(policies: PoisonPolicies, type: string): PoisonPolicy {
  const { types = {} } = policies;
  return (Object.hasOwn(types, type) ? types[type] : undefined) ?? policies.default ?? 'park';
}
