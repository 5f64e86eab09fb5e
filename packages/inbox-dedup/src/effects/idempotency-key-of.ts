import { createHash } from 'node:crypto';

export interface IdempotencyKeyInput {
  /** What tells installations apart that share an account at the provider. */
  readonly scope: string;
  readonly journal: string;
  readonly key: string;
}

/**
 * The key by which the provider knows an effect: the first 16 bytes of SHA-256 over scope, journal and key, each behind its length in
 * bytes, in the shape of a UUIDv4, which the providers that look at all insist on. Nothing of the key can be read from it.
 */
export function idempotencyKeyOf({ scope, journal, key }: IdempotencyKeyInput): string {
  const hash = createHash('sha256');
  for (const part of [scope, journal, key]) {
    hash.update(`${Buffer.byteLength(part)}:`).update(part);
  }
  const bytes = hash.digest();
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex', 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
