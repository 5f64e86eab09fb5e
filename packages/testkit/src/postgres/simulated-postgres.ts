import type { Incarnation } from '../kernel/incarnation.ts';
import { EPOCH_MS } from '../kernel/simulated-clock.ts';
import type { Simulation } from '../kernel/simulation.ts';
import type { World } from '../kernel/world.ts';
import type { PostgresServer } from './postgres-server.ts';
import type { RealSession } from './real-session.ts';
import { SimulatedPool, type SimulatedPoolOptions } from './simulated-pool.ts';

/** Rows that are read when a run is over. */
export interface RowsAtRest<Row> {
  /** Empty until then. */
  readonly rows: readonly Row[];
}

/**
 * A real PostgreSQL server as a part of a world: every statement of a process is an I/O whose effect is the real statement. Which statement comes
 * next is decided by the seed alone; one that waits for a lock of another process waits in virtual time. The server's clock is the virtual one.
 */
export class SimulatedPostgres {
  readonly name: string;
  /** @internal */
  readonly simulation: Simulation;
  /** @internal */
  readonly server: PostgresServer;
  readonly #world: World;
  readonly #connections = new Set<ServerConnection>();

  private constructor(world: World, name: string, server: PostgresServer) {
    this.#world = world;
    this.simulation = world.simulation;
    this.name = name;
    this.server = server;
    world.server(name, { onDown: () => this.#restart() });
  }

  /** Puts the prepared content back and adds the server to the world. One world at a time can use it. */
  static async open(world: World, name: string, server: PostgresServer): Promise<SimulatedPostgres> {
    const postgres = new SimulatedPostgres(world, name, server);
    await server.begin();
    return postgres;
  }

  /** A pool of the current process, of the shape of `pg.Pool`. It ends with its process, as its connections do. */
  pool(options: SimulatedPoolOptions = {}): SimulatedPool {
    return new SimulatedPool(this, options);
  }

  /** The run has come to rest only when the query finds no row. It is asked every now and then. */
  quietWhenNone(text: string): void {
    let isQuiet = false;
    let isAsking = false;
    const ask = async () => {
      const rows = await this.simulation.foreign(`${this.name}: is it quiet?`, this.server.query(text));
      isQuiet = rows.length === 0;
      isAsking = false;
    };
    this.#world.quietWhen(() => {
      if (!isAsking) this.simulation.after(0, () => void ask());
      isAsking = true;
      return isQuiet;
    });
  }

  /** What a query finds when every process is stopped, for checks. */
  rowsAtRest<Row = Readonly<Record<string, unknown>>>(text: string): RowsAtRest<Row> {
    const found: { rows: readonly Row[] } = { rows: [] };
    this.#world.beforeChecks(async () => {
      found.rows = (await this.server.query(text)) as readonly Row[];
    });
    return found;
  }

  /** @internal Opens a real connection for a process, which ends with it. */
  async connect(incarnation: Incarnation): Promise<ServerConnection> {
    const connection = new ServerConnection(await this.server.take(), this);
    this.#connections.add(connection);
    connection.onClose(() => this.#connections.delete(connection));
    if (!incarnation.isAlive) connection.close();
    else connection.onClose(incarnation.onEnd(() => connection.close()));
    return connection;
  }

  /** @internal The server's clock: no process moves it. */
  readonly clock = (): number => EPOCH_MS + this.simulation.now;

  #restart(): void {
    const connections = [...this.#connections];
    const terminated = this.server.terminate(connections.map(({ session }) => session));
    for (const connection of connections) connection.closeAfter(terminated);
  }
}

/** The server's end of a connection. */
export class ServerConnection {
  readonly session: RealSession;
  readonly #postgres: SimulatedPostgres;
  readonly #closings: (() => void)[] = [];
  #isClosed = false;

  constructor(session: RealSession, postgres: SimulatedPostgres) {
    this.session = session;
    this.#postgres = postgres;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  onClose(closing: () => void): void {
    this.#closings.push(closing);
  }

  readonly isBlocked = (): Promise<boolean> => this.#postgres.server.isBlocked(this.session);

  /** As the server does when the client is gone: what it has received it still does, then it rolls back. */
  close(): void {
    this.#end('the end of a connection', (server) => server.giveBack(this.session));
  }

  /** As the server does by itself. */
  closeAfter(terminated: Promise<void>): void {
    this.#end('the end of a connection by the server', async (server) => {
      await terminated;
      await server.giveBack(this.session);
    });
  }

  #end(label: string, work: (server: PostgresServer) => Promise<void>): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { simulation, server, name } = this.#postgres;
    const ending = work(server);
    void simulation.foreign(`${name}: ${label}`, ending, { isBlocked: this.isBlocked });
    for (const closing of this.#closings.splice(0)) closing();
  }
}
