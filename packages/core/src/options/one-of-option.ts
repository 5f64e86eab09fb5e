import { InvalidOptionError } from '../errors/invalid-option-error.ts';

export interface OneOfRule<T extends string> {
  readonly allowed: readonly T[];
  /** Without a default the option is required. */
  readonly default?: T;
}

/** The word given, or the default. @throws InvalidOptionError */
export function oneOfOption<T extends string>(name: string, value: T | undefined, rule: OneOfRule<T>): T {
  const given = value === undefined ? rule.default : value;
  if (given !== undefined && rule.allowed.includes(given)) return given;
  throw new InvalidOptionError(name, value, `one of ${rule.allowed.map((word) => `"${word}"`).join(', ')}`);
}
