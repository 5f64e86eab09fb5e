import { InvalidOptionError } from '../errors/invalid-option-error.ts';

export interface IntegerRule {
  readonly min: number;
  /** @default Number.MAX_SAFE_INTEGER */
  readonly max?: number;
  /** Without a default the option is required. */
  readonly default?: number;
}

/** The integer given, or the default. @throws InvalidOptionError */
export function integerOption(name: string, value: number | undefined, rule: IntegerRule): number {
  const { min, max = Number.MAX_SAFE_INTEGER } = rule;
  const given = value === undefined ? rule.default : value;
  if (typeof given === 'number' && Number.isSafeInteger(given) && given >= min && given <= max) return given;
  const upTo = max === Number.MAX_SAFE_INTEGER ? `an integer, at least ${min}` : `an integer from ${min} to ${max}`;
  throw new InvalidOptionError(name, value, upTo);
}
