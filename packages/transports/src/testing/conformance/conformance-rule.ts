/** What an adapter may lack: a rule that needs it is left out of its suite. */
export interface ConformanceRule<Fixture, Capability extends string> {
  /** The rule in the present tense. */
  readonly name: string;
  /** @default every adapter keeps this rule */
  readonly needs?: Capability;
  /** Throws when the adapter breaks the rule. */
  readonly check: (fixture: Fixture) => Promise<void>;
}

export interface ConformanceFixture {
  close(): Promise<void>;
}

/** `describe` and `test` of vitest, `node:test`, or another runner, and what the adapter does not have. */
export interface ConformanceOptions<Capability extends string> {
  readonly describe: (name: string, define: () => void) => unknown;
  readonly test: (name: string, run: () => Promise<void>) => unknown;
  /** Leaves out the rules about these. @default nothing is left out */
  readonly without?: readonly Capability[];
}

/** One test for each rule, on a fixture of its own. */
export function describeRules<Fixture extends ConformanceFixture, Capability extends string>(
  rules: readonly ConformanceRule<Fixture, Capability>[],
  createFixture: () => Promise<Fixture>,
  { test, without = [] }: ConformanceOptions<Capability>,
): void {
  for (const rule of rules) {
    if (rule.needs !== undefined && without.includes(rule.needs)) continue;
    test(rule.name, () => checkRule(rule, createFixture));
  }
}

/** Rejects when an adapter breaks the rule. */
export async function checkRule<Fixture extends ConformanceFixture, Capability extends string>(
  rule: ConformanceRule<Fixture, Capability>,
  createFixture: () => Promise<Fixture>,
): Promise<void> {
  const fixture = await createFixture();
  try {
    await rule.check(fixture);
  } finally {
    await fixture.close();
  }
}
