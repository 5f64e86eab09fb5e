import { InvalidOptionError } from '../errors/invalid-option-error.ts';

export interface NumberRule {
  readonly min: number;
  readonly max: number;
  /** Without a default the option is required. */
  readonly default?: number;
}

/** The number given, or the default. @throws InvalidOptionError */
export function numberOption(name: string, value: number | undefined, rule: NumberRule): number {
  const given = value === undefined ? rule.default : value;
  if (typeof given === 'number' && given >= rule.min && given <= rule.max) return given;
  throw new InvalidOptionError(name, value, `a number from ${rule.min} to ${rule.max}`);
}
