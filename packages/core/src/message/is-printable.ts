const PLAIN_ASCII = /^[\x20-\x7e]*$/;
const CONTROL_OR_LONE_SURROGATE = /[\p{Cc}\p{Cs}]/u;

/** Whether text has no control characters and no lone surrogates, as CloudEvents asks of attributes. */
export function isPrintable(text: string): boolean {
  return PLAIN_ASCII.test(text) || !CONTROL_OR_LONE_SURROGATE.test(text);
}
