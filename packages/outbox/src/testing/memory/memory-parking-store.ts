import { ParkedRequestRefusedError } from '../../errors/parked-request-refused-error.ts';
import type { LaneClaim } from '../../store/lane-store.ts';
import { NEXT_OF_KEY } from '../../store/next-of-key.ts';
import type { ParkedAction, ParkedMessage, ParkedRequest, ParkedSelector } from '../../store/parked-message.ts';
import type { ParkedQuery, ParkedResolution, ParkingStore } from '../../store/parking-store.ts';
import type { MemoryDatabase, StoredParked } from './memory-database.ts';

/** Parked messages in memory. */
export class MemoryParkingStore implements ParkingStore {
  readonly #database: MemoryDatabase;

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  async list({ limit = 100, key }: ParkedQuery): Promise<readonly ParkedMessage[]> {
    return this.#inOrder((one) => key === undefined || keyOf(one) === key)
      .slice(0, limit)
      .map(parkedMessageOf);
  }

  async request(selector: ParkedSelector, action: ParkedAction): Promise<number> {
    const chosen = this.#inOrder((one) => this.#isChosen(one, selector));
    if ('id' in selector) this.#assertNotBehind(chosen);
    for (const one of chosen) one.requested = action;
    return chosen.length;
  }

  async requests(claim: LaneClaim, limit: number): Promise<readonly ParkedRequest[]> {
    const requests: ParkedRequest[] = [];
    for (const { entry, role, requested } of this.#inOrder((one) => one.lane === claim.lane)) {
      if (requested !== null) requests.push({ entry, role, action: requested });
    }
    return requests.slice(0, limit);
  }

  async resolve(claim: LaneClaim, { done, refused }: ParkedResolution): Promise<readonly string[] | null> {
    if (this.#database.lane(claim.lane).fencingToken !== claim.fencingToken) return null;
    const positions = new Set(done.map((entry) => entry.position));
    const isDone = (one: StoredParked) => one.lane === claim.lane && positions.has(one.entry.position);
    const keys = new Set(this.#database.parked.filter(isDone).map(keyOf));
    this.#database.parked = this.#database.parked.filter((one) => !isDone(one));
    if (refused !== null) this.#refuse(claim.lane, refused);
    return [...keys].filter((key) => key !== null).filter((key) => !this.#isHeld(claim.lane, key));
  }

  #isChosen(one: StoredParked, selector: ParkedSelector): boolean {
    const { id, type } = one.entry.envelope;
    const key = keyOf(one);
    if ('all' in selector) return true;
    if ('key' in selector) return key === selector.key;
    if ('id' in selector) return id === selector.id;
    if (key === null || one.role === 'skipped') return type === selector.type;
    return this.#holding(one.lane, key).some(
      ({ role, entry }) => role === 'rejected' && entry.envelope.type === selector.type,
    );
  }

  #assertNotBehind(chosen: readonly StoredParked[]): void {
    for (const one of chosen) {
      const key = keyOf(one);
      if (one.role === 'skipped' || key === null) continue;
      const [first] = this.#holding(one.lane, key);
      if (first !== one) throw new ParkedRequestRefusedError(one.entry.envelope.id, key);
    }
  }

  #refuse(lane: number, { entry, reason }: NonNullable<ParkedResolution['refused']>): void {
    const { key } = entry.envelope;
    this.#database.parked = this.#database.parked.map((one) => {
      if (one.lane !== lane) return one;
      if (one.entry.position === entry.position) {
        return { ...one, reason, requested: null, role: one.role === 'behind' ? 'rejected' : one.role };
      }
      return key !== null && keyOf(one) === key ? { ...one, requested: null } : one;
    });
  }

  /** Whether a message still holds the key back; the first that waits takes over when the rejected one is gone. */
  #isHeld(lane: number, key: string): boolean {
    const [first] = this.#holding(lane, key);
    if (first === undefined) return false;
    const reason = first.role === 'behind' ? NEXT_OF_KEY : first.reason;
    const held: StoredParked = { ...first, role: 'rejected', reason };
    this.#database.parked = this.#database.parked.map((one) => (one === first ? held : one));
    return true;
  }

  #holding(lane: number, key: string): readonly StoredParked[] {
    return this.#inOrder((one) => one.lane === lane && keyOf(one) === key && one.role !== 'skipped');
  }

  #inOrder(matches: (one: StoredParked) => boolean): readonly StoredParked[] {
    return this.#database.parked.filter(matches).sort((a, b) => a.entry.position - b.entry.position);
  }
}

function keyOf({ entry }: StoredParked): string | null {
  return entry.envelope.key;
}

function parkedMessageOf({ lane, entry, role, reason, parkedAt, requested }: StoredParked): ParkedMessage {
  const { id, type, key } = entry.envelope;
  return { lane, position: entry.position, id, type, key, role, reason, parkedAt, requested };
}
