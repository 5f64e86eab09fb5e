import assert from 'node:assert/strict';
import type { SqlExecutor } from '@holdfast/sql';
import type {
  EffectClaim,
  EffectClaimRequest,
  EffectHold,
  EffectRelease,
  HeldEffect,
} from '../../effects/store/effect-intent-store.ts';
import type { EffectRecord } from '../../effects/store/effect-record.ts';
import type { EffectStore } from '../../effects/store/effect-store.ts';
import type { EffectStoreFixture } from './effect-store-fixture.ts';

const LEASE_MS = 60_000;
const SETTLE_MS = 30_000;

/** A store with the requests that most rules make. */
export class EffectStoreProbe {
  readonly fixture: EffectStoreFixture;
  readonly leaseMs = LEASE_MS;
  readonly settleMs = SETTLE_MS;

  constructor(fixture: EffectStoreFixture) {
    this.fixture = fixture;
  }

  get store(): EffectStore {
    return this.fixture.store;
  }

  get executor(): SqlExecutor {
    return this.fixture.executor;
  }

  request(key: string, changes: Partial<EffectClaimRequest> = {}): EffectClaimRequest {
    const fixed = { journal: 'payment', key, idempotencyKey: `id of ${key}`, about: null };
    return { ...fixed, leaseMs: LEASE_MS, settleMs: SETTLE_MS, ...changes };
  }

  claim(key: string, by: SqlExecutor = this.executor): Promise<EffectClaim> {
    return this.store.intents.claim(by, this.request(key));
  }

  async claimed(key: string, outcome: 'call' | 'verify', by?: SqlExecutor): Promise<HeldEffect> {
    const claim = await this.claim(key, by);
    assert.equal(claim.outcome, outcome, `"${key}" must be claimed to ${outcome}`);
    assert.ok(claim.outcome === 'call' || claim.outcome === 'verify');
    return claim;
  }

  async released(hold: EffectHold, release: EffectRelease): Promise<void> {
    assert.equal(await this.store.intents.release(this.executor, hold, release), true, 'the holder may release');
  }

  /** Claims it, and leaves it with an unknown outcome, due now. */
  async unknown(key: string): Promise<HeldEffect> {
    const held = await this.claimed(key, 'call');
    await this.released(held.hold, { state: 'unknown', error: 'lost', settleInMs: SETTLE_MS });
    return held;
  }

  async park(key: string): Promise<void> {
    const { hold } = await this.claimed(key, 'call');
    await this.released(hold, { state: 'parked', error: 'lost', verdict: 'cannot tell', undecided: true });
  }

  async find(key: string): Promise<EffectRecord> {
    const record = await this.store.review.find(this.executor, { journal: 'payment', key });
    assert.ok(record !== null, `"${key}" must be known`);
    return record;
  }
}
