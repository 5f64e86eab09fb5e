/**
 * What decides the lane of a message: a number of 32 bits from its key, or its id when it has none. FNV-1a (Fowler,
 * Noll, Vo) over UTF-16 code units, mixed so that the low bits, which choose among few lanes, depend on all of them.
 * It must never change: messages of one key would be in two lanes at once.
 */
export function laneHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
