import { Migrator } from '@holdfast/sql';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { SqlTransport, sqliteQueueMigrations } from '@holdfast/transports/sql';
import { type Durability, openDatabase, type SqliteHandle } from '../sqlite/open-database.ts';
import { LEASE_MS } from './lease-ms.ts';
import type { OrderTransport } from './order-transport.ts';
import type { SqlRoute } from './relay-route.ts';
import type { RelayTransport } from './relay-transport.ts';
import { ServiceQueues } from './service-queues.ts';
import { SqliteLock } from './sqlite-lock.ts';
import type { RelayControl, TransportFaults } from './transport-faults.ts';

/** Queues in a SQLite file, which both processes write to. It stays where the services' databases are. */
export class SqlOrderTransport implements OrderTransport {
  readonly relayRoute: SqlRoute;
  readonly parentPublisher = null;
  readonly quietMs = 0;
  readonly faults: SqlFaults;
  readonly queues: ServiceQueues;
  readonly #end: SqlEnd;
  #left: number | null = null;

  private constructor(route: SqlRoute) {
    const end = new SqlEnd(route);
    this.#end = end;
    this.relayRoute = route;
    this.faults = new SqlFaults(route.file);
    this.queues = new ServiceQueues({
      declare: (queue) => end.publisher.declare({ ...queue, leaseMs: LEASE_MS, order: 'key' }),
      reader: (queue) => end.publisher.reader(queue),
      countIn: async (queues) => {
        const stats = await Promise.all(queues.map((queue) => end.publisher.stats(queue)));
        return stats.reduce((sum, { ready, leased, delayed, dead }) => sum + ready + leased + delayed + dead, 0);
      },
    });
  }

  /** @param outlives What a message that was taken outlives. @default 'power-loss' */
  static async open(file: string, outlives: Durability = 'power-loss'): Promise<SqlOrderTransport> {
    const db = openDatabase(file);
    await new Migrator({ database: new BetterSqlite3Database(db), sets: [sqliteQueueMigrations] }).up();
    db.close();
    return new SqlOrderTransport({ transport: 'sql', file, outlives });
  }

  /** The relay's end of it, in the relay's process. */
  static forRelay(route: SqlRoute): RelayTransport {
    return new SqlEnd(route);
  }

  async close(): Promise<number> {
    this.#left ??= await this.queues.count();
    await this.#end.close();
    this.faults.close();
    return this.#left;
  }
}

/** A transport with its handle: one for the consumers, one for the relay. */
class SqlEnd implements RelayTransport {
  readonly publisher: SqlTransport;
  readonly #db: SqliteHandle;

  constructor({ file, outlives }: SqlRoute) {
    this.#db = openDatabase(file, '', outlives);
    // SQLite waits for a lock by stopping the process, which here has more to do.
    this.#db.pragma('busy_timeout = 50');
    this.publisher = new SqlTransport({ database: new BetterSqlite3Database(this.#db), pollMaxMs: 50 });
  }

  async close(): Promise<void> {
    await this.publisher.close();
    this.#db.close();
  }
}

class SqlFaults implements TransportFaults {
  readonly #lock: SqliteLock;

  constructor(file: string) {
    this.#lock = new SqliteLock(file);
  }

  async setAvailable(available: boolean): Promise<void> {
    if (available) this.#lock.giveBack();
    else await this.#lock.take();
  }

  loseAnswers(relay: RelayControl): Promise<void> {
    return relay.withholdReceipts();
  }

  /** The next relay's process withholds nothing. */
  restoreAnswers(): void {}

  close(): void {
    this.#lock.close();
  }
}
