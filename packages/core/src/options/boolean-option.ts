import { InvalidOptionError } from '../errors/invalid-option-error.ts';

/** The boolean given, or the default. @throws InvalidOptionError */
export function booleanOption(name: string, value: boolean | undefined, fallback: boolean): boolean {
  const given = value === undefined ? fallback : value;
  if (typeof given === 'boolean') return given;
  throw new InvalidOptionError(name, value, '"true" or "false"');
}
