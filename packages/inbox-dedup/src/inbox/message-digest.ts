import { createHash } from 'node:crypto';
import type { Envelope } from '@holdfast/core';

const DIGEST_BYTES = 16;

/**
 * What tells a duplicate from another message under the same id: the first 16 bytes of SHA-256 over type and body.
 * Finding a second message for a given digest takes 2^128 tries.
 */
export function messageDigest({ type, body }: Envelope): Uint8Array {
  return createHash('sha256').update(type).update('\0').update(body).digest().subarray(0, DIGEST_BYTES);
}
