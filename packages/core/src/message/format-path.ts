import { quoted } from '../errors/quoted.ts';

const IDENTIFIER = /^[A-Za-z_$][\w$]{0,63}$/;
const MAX_LENGTH = 160;

/** `data.items[3].price`, bounded and printable whatever the keys are. */
export function formatPath(root: string, keys: readonly PropertyKey[]): string {
  let path = root;
  for (const key of keys) {
    if (typeof key === 'number') path += `[${key}]`;
    else if (typeof key === 'string' && IDENTIFIER.test(key)) path += `.${key}`;
    else path += `[${quoted(String(key), 40)}]`;
    if (path.length > MAX_LENGTH) return `${path.slice(0, MAX_LENGTH).toWellFormed()}…`;
  }
  return path;
}
