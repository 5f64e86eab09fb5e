import { InvalidOptionError } from '../errors/invalid-option-error.ts';
import { isPrintable } from '../message/is-printable.ts';

export interface StringRule {
  /** In UTF-8 bytes. */
  readonly maxBytes: number;
  readonly pattern?: RegExp;
  /** Says in words what the pattern allows: `lower-case letters and digits`. */
  readonly allowed?: string;
  /** Without a default the option is required. */
  readonly default?: string;
}

/** The string given, or the default: not empty, without control characters, not too long. @throws InvalidOptionError */
export function stringOption(name: string, value: string | undefined, rule: StringRule): string {
  const given = value === undefined ? rule.default : value;
  const fits =
    typeof given === 'string' &&
    given !== '' &&
    Buffer.byteLength(given) <= rule.maxBytes &&
    isPrintable(given) &&
    (rule.pattern === undefined || matches(rule.pattern, given));
  if (fits) return given;
  const words = rule.allowed ?? (rule.pattern === undefined ? 'printable text' : `text like ${rule.pattern.source}`);
  throw new InvalidOptionError(name, value, `${words}, 1 to ${rule.maxBytes} bytes`);
}

/** `search` ignores the `lastIndex` of a global pattern, `test` does not. */
function matches(pattern: RegExp, text: string): boolean {
  return text.search(pattern) !== -1;
}
