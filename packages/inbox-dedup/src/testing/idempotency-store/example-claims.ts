import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { KeyClaim, StoredAnswer } from '../../http/store/idempotency-store.ts';
import type { IdempotencyStoreFixture } from './idempotency-store-fixture.ts';

export const LEASE_MS = 60_000;
export const RETENTION_MS = 3_600_000;

export function digestOf(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}

export function claimBy(token: string, changes: Partial<KeyClaim> = {}): KeyClaim {
  return {
    scope: digestOf('caller'),
    key: 'key',
    token,
    fingerprint: digestOf('request'),
    leaseMs: LEASE_MS,
    retentionMs: RETENTION_MS,
    ...changes,
  };
}

export function answerOf(text: string): StoredAnswer {
  return { status: 201, headers: [['content-type', 'text/plain']], body: new TextEncoder().encode(text) };
}

/** Claims, and fails when somebody else has the key. */
export async function claimed({ store, connection }: IdempotencyStoreFixture, claim: KeyClaim): Promise<KeyClaim> {
  const { state } = await store.claim(connection, claim);
  assert.equal(state, 'claimed', `"${claim.token}" claims "${claim.key}"`);
  return claim;
}

/** Claims a key and keeps an answer. */
export async function answered(fixture: IdempotencyStoreFixture, claim: KeyClaim, text = 'answer'): Promise<KeyClaim> {
  await claimed(fixture, claim);
  const { store, connection } = fixture;
  await connection.transaction((tx) => store.complete(tx, claim, answerOf(text)));
  return claim;
}

/** The text of the answer that is kept under the key of `claim`; fails when there is none. */
export async function answerTo({ store, other }: IdempotencyStoreFixture, claim: KeyClaim): Promise<string> {
  const found = await store.claim(other, { ...claim, token: 'reader' });
  assert.ok(found.state === 'stored', `an answer is kept, but the key is "${found.state}"`);
  return new TextDecoder().decode(found.answer.body);
}
