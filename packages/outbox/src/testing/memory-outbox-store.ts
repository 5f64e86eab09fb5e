import { type Clock, type Finding, integerOption } from '@holdfast/core';
import type { LeaseStore } from '@holdfast/sql';
import { MemoryLeaseStore } from '@holdfast/sql/testing';
import { LaneChangeRefusedError } from '../errors/lane-change-refused-error.ts';
import type { HousekeepingStore } from '../store/housekeeping-store.ts';
import type { LaneStore } from '../store/lane-store.ts';
import type { LogRecord } from '../store/log-record.ts';
import type { LogWriter } from '../store/log-writer.ts';
import type { DestinationDeclaration, OutboxStore } from '../store/outbox-store.ts';
import type { ParkingStore } from '../store/parking-store.ts';
import type { ReplayStore } from '../store/replay-store.ts';
import { WakeUp } from '../wake-up.ts';
import { isDealtWith } from './memory/memory-cursor.ts';
import { MemoryDatabase } from './memory/memory-database.ts';
import { MemoryHousekeepingStore } from './memory/memory-housekeeping-store.ts';
import { MemoryLaneStore } from './memory/memory-lane-store.ts';
import { MemoryParkingStore } from './memory/memory-parking-store.ts';
import { MemoryReplayStore } from './memory/memory-replay-store.ts';
import type { MemoryTransaction } from './memory/memory-transaction.ts';

export interface MemoryOutboxStoreOptions {
  /** Stands for the clock of the database. */
  readonly clock: Clock;
  /** How long relayed messages stay, for replay. @default 3_600_000 */
  readonly retentionMs?: number;
  /** @default 'memory.holdfast' */
  readonly name?: string;
}

/**
 * The outbox in memory, for tests and simulations, with PostgreSQL's hard case: positions are drawn when a message is
 * appended and visible when its transaction commits, in any order, except that a key's transactions wait for each other.
 */
export class MemoryOutboxStore implements OutboxStore<MemoryTransaction>, LogWriter<MemoryTransaction> {
  readonly name: string;
  readonly writer: LogWriter<MemoryTransaction> = this;
  readonly lanes: LaneStore;
  readonly parking: ParkingStore;
  readonly housekeeping: HousekeepingStore;
  readonly replay: ReplayStore;
  readonly leases: LeaseStore;
  readonly wakeUp = new WakeUp();
  readonly #database: MemoryDatabase;

  constructor({ clock, retentionMs = 3_600_000, name = 'memory.holdfast' }: MemoryOutboxStoreOptions) {
    const database = new MemoryDatabase(clock);
    this.#database = database;
    this.name = name;
    this.lanes = new MemoryLaneStore(database);
    this.parking = new MemoryParkingStore(database);
    this.housekeeping = new MemoryHousekeepingStore(database, integerOption('retentionMs', retentionMs, { min: 1 }));
    this.replay = new MemoryReplayStore(database);
    this.leases = new MemoryLeaseStore({ clock });
  }

  /** A sender's transaction. Any number may be open at once; end each with `commit()` or `rollback()`. */
  begin(): MemoryTransaction {
    return this.#database.begin();
  }

  append(transaction: MemoryTransaction, records: readonly LogRecord[]): Promise<void> {
    return transaction.append(records);
  }

  async declareDestinations(declarations: readonly DestinationDeclaration[]): Promise<void> {
    const { destinations } = this.#database;
    if (this.#differing(declarations).some(({ name }) => destinations.has(name))) await this.#sendersToEnd();
    const differing = this.#differing(declarations);
    for (const { name, lanes } of differing) {
      const from = destinations.get(name)?.lanes ?? 0;
      if (this.#holdsMessages(name)) throw new LaneChangeRefusedError({ destination: name, from, to: lanes });
    }
    for (const wanted of differing) this.#declare(wanted);
  }

  async preflight(): Promise<readonly Finding[]> {
    return [
      { level: 'warn', subject: 'memory', message: 'Messages are kept in memory, and are lost when the process ends.' },
    ];
  }

  /** Makes this another database's history, as after a restore from a dump: cursors are void, claims too. */
  changeHistory(): void {
    this.#database.changeHistory();
  }

  /** What an open transaction has appended is in the lanes of the old declaration. */
  async #sendersToEnd(): Promise<void> {
    await Promise.all([...this.#database.open].filter(({ entries }) => entries.length > 0).map(({ ended }) => ended));
  }

  /** Waiting in the log, or parked. */
  #holdsMessages(destination: string): boolean {
    const { lanes, parked } = this.#database;
    return lanes
      .filter((lane) => !lane.retired && lane.destination === destination)
      .some(
        ({ lane, cursor, entries }) =>
          entries.some((entry) => !isDealtWith(cursor, entry)) || parked.some((one) => one.lane === lane),
      );
  }

  #differing(declarations: readonly DestinationDeclaration[]) {
    const { destinations } = this.#database;
    return declarations
      .map(({ name, lanes }) => ({
        name,
        lanes: integerOption('lanes', lanes ?? destinations.get(name)?.lanes ?? 1, { min: 1, max: 64 }),
      }))
      .filter(({ name, lanes }) => destinations.get(name)?.lanes !== lanes);
  }

  #declare({ name, lanes }: { readonly name: string; readonly lanes: number }): void {
    const { destinations, lanes: all } = this.#database;
    for (const lane of all) {
      if (lane.destination === name) lane.retired = true;
    }
    destinations.set(name, { firstLane: all.length, lanes });
    for (let count = 0; count < lanes; count += 1) this.#database.addLane(name);
  }
}
