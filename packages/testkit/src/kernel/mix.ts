/** Mixes two 32-bit numbers into one, so that every bit of both counts (the finalizer of MurmurHash3, by Austin Appleby). */
export function mix(a: number, b: number): number {
  let word = Math.imul(a ^ Math.imul(b, 0x9e37_79b1), 0x85eb_ca6b);
  word ^= word >>> 13;
  word = Math.imul(word, 0xc2b2_ae35);
  word ^= word >>> 16;
  return word >>> 0;
}

const known = new Map<string, number>();
const MOST_KNOWN = 10_000;

/** A 32-bit hash of a text (FNV-1a over UTF-16, then mixed). Not for secrets. */
export function hashText(text: string): number {
  const found = known.get(text);
  if (found !== undefined) return found;
  let word = 0x811c_9dc5;
  for (let index = 0; index < text.length; index += 1) {
    word = Math.imul(word ^ text.charCodeAt(index), 0x0100_0193);
  }
  const hash = mix(word, text.length);
  if (known.size < MOST_KNOWN && text.length < 100) known.set(text, hash);
  return hash;
}

/** A number in [0, 1) that depends on nothing but its arguments. */
export function chanceOf(a: number, b: number): number {
  return mix(a, b) / 2 ** 32;
}
