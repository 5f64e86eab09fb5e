import assert from 'node:assert/strict';
import type { LaneClaim } from '../../store/lane-store.ts';
import type { LogEntry } from '../../store/log-page.ts';
import type { LogRecord } from '../../store/log-record.ts';
import type { OutboxStore } from '../../store/outbox-store.ts';
import type { ParkedEntry, ParkedRole } from '../../store/parked-message.ts';
import { LaneWalk } from './lane-walk.ts';
import type { OutboxStoreFixture, SenderTransaction } from './outbox-store-fixture.ts';

export interface RecordOptions {
  readonly id?: string;
  readonly key?: string | null;
  readonly type?: string;
  readonly source?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly destination?: string;
  readonly delayMs?: number;
  readonly stream?: string;
}

/** A store under examination, with the steps that rules have in common. */
export class StoreProbe {
  readonly fixture: OutboxStoreFixture;
  readonly store: OutboxStore<never>;
  #records = 0;
  #token = 0n;

  constructor(fixture: OutboxStoreFixture) {
    this.fixture = fixture;
    this.store = fixture.store;
  }

  /** A record with an id of its own: `m1`, `m2`, … */
  record(options: RecordOptions = {}): LogRecord {
    this.#records += 1;
    const { id = `m${this.#records}`, key = null, type = 'order.placed', source = '/orders' } = options;
    const { attributes = {}, body = Buffer.from(id), destination = 'default', delayMs = 0, stream } = options;
    const envelope = { id, source, type, key, attributes, body };
    return { envelope, destination, delayMs, ...(stream !== undefined && { stream }) };
  }

  records(count: number, options: RecordOptions = {}): readonly LogRecord[] {
    return Array.from({ length: count }, () => this.record(options));
  }

  begin(): Promise<SenderTransaction> {
    return this.fixture.begin();
  }

  /** Appends in one transaction and commits. Returns the ids. */
  async send(...records: readonly LogRecord[]): Promise<readonly string[]> {
    const transaction = await this.begin();
    try {
      await transaction.append(records);
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
    await transaction.commit();
    return records.map(({ envelope }) => envelope.id);
  }

  /** Claims a lane under a token that is newer than all before. */
  async claim(lane = 0): Promise<LaneClaim> {
    this.#token += 1n;
    const claim = await this.store.lanes.claim(lane, this.#token);
    assert.ok(claim !== null, `a newer token claims lane ${lane}`);
    return claim;
  }

  /** Claims a lane once more under the token that has it, which shows what a new holder would find. */
  async claimAs({ lane, fencingToken }: LaneClaim): Promise<LaneClaim> {
    const claim = await this.store.lanes.claim(lane, fencingToken);
    assert.ok(claim !== null, 'the holder claims its lane again');
    return claim;
  }

  /** Claims a lane and walks from where its cursor is. */
  async walk(lane = 0, limit = 100): Promise<LaneWalk> {
    return new LaneWalk(this.store.lanes, await this.claim(lane), limit);
  }

  /** The ids of all that waits in a lane, which is then dealt with. */
  async drain(lane = 0, limit = 100): Promise<readonly string[]> {
    const walk = await this.walk(lane, limit);
    return walk.rest();
  }

  /** What waits in a lane; nothing is recorded. */
  async waiting(lane = 0): Promise<readonly LogEntry[]> {
    const claim = await this.claim(lane);
    const { entries } = await this.store.lanes.read(claim, claim.cursor, 1_000);
    return entries;
  }

  /** Sends records and parks them with these roles in turn. Returns the claim that parked them, and the entries. */
  async park(records: readonly LogRecord[], roles: readonly ParkedRole[]): Promise<ParkedLane> {
    await this.send(...records);
    const claim = await this.claim();
    const page = await this.store.lanes.read(claim, claim.cursor, 1_000);
    const parked = page.entries.map((entry, index) => parkedEntry(entry, roles[index] ?? 'behind'));
    assert.equal(parked.length, records.length, 'nothing else waits in the lane');
    const settled = await this.store.lanes.settle(claim, { cursor: page.end, parked });
    assert.ok(settled !== null, 'the holder records its progress');
    return { claim, entries: page.entries };
  }

  /** Frees all that may be freed. */
  async rotateAll(): Promise<void> {
    for (let freed = true, calls = 0; freed; calls += 1) {
      assert.ok(calls < 1_000, 'a rotation comes to an end');
      freed = (await this.store.housekeeping.rotate()).freed;
    }
  }

  /** A few round trips, for something wrong to happen meanwhile. */
  async pause(): Promise<void> {
    for (let trip = 0; trip < 5; trip += 1) await this.fixture.now();
  }
}

export interface ParkedLane {
  readonly claim: LaneClaim;
  readonly entries: readonly LogEntry[];
}

export function parkedEntry(entry: LogEntry, role: ParkedRole, reason = `${role} for a test`): ParkedEntry {
  return { entry, role, reason };
}

export function idsOf(entries: readonly LogEntry[]): readonly string[] {
  return entries.map(({ envelope }) => envelope.id);
}

/** The entry at `index`, which a rule has made sure of. */
export function at<Item>(items: readonly Item[], index: number): Item {
  const item = items.at(index);
  assert.ok(item !== undefined, `there is an item at ${index}`);
  return item;
}
