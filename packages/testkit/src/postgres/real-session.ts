import pg from 'pg';

/** A statement as a caller of `pg` gives it. */
export interface RealStatement {
  readonly text: string;
  readonly values?: readonly unknown[] | undefined;
  readonly name?: string | undefined;
  readonly rowMode?: string | undefined;
}

/** What the server answered, and where its transaction stands then. */
export interface RealAnswer {
  readonly result: pg.QueryResult;
  readonly status: 'I' | 'T' | 'E' | null;
}

/** Virtual milliseconds since the Unix epoch, asked when the statement is sent. */
export type ServerClock = () => number;

/** Where the virtual time of a database is kept: what reads it sees the newest, also in a statement that has waited for a lock. */
export const CLOCK = 'public.holdfast_testkit_clock';

const IN_TRANSACTION = `select setval('${CLOCK}', $1::text::bigint), current_setting('lock_timeout') as lock_timeout`;
const OUTSIDE = `${IN_TRANSACTION}, set_config('holdfast_testkit.now', $1::text, false)`;
const FORGET = 'rollback; reset all; unlisten *; select pg_advisory_unlock_all(); discard temp; discard sequences';
const FIND_DEADLOCKS = "set deadlock_timeout = '1ms'";
/** What asks for no time: most statements that end a transaction. */
const TIMELESS = /^\s*(commit|rollback)\s*$/i;
/** setval is refused in these. */
const READ_ONLY = /^\s*(begin|start|set)\b.*\bread\s+only\b/is;

/** One real connection. Statements run in the order in which they are given; the virtual time is set before each, in the same round trip. */
export class RealSession {
  readonly #client: pg.Client;
  /** The server's process. */
  readonly pid: number;
  readonly #forget: string;
  #last: Promise<unknown> = Promise.resolve();
  #hasLockTimeout = false;
  #isReadOnly = false;
  #isBroken = false;

  private constructor(client: pg.Client, { pid, findsDeadlocks }: { pid: number; findsDeadlocks: boolean }) {
    this.#client = client;
    this.pid = pid;
    this.#forget = findsDeadlocks ? `${FORGET}; ${FIND_DEADLOCKS}` : FORGET;
    client.on('end', () => this.#broken());
  }

  static async connect(connectionString: string): Promise<RealSession> {
    const client = new pg.Client({
      connectionString,
      pipeline: true,
      options: sessionOptions,
    });
    // A connection that the server ends says so to its statements; nobody else has to know.
    client.on('error', () => {});
    await client.connect();
    // Deadlocks are found at once instead of after a second. Only a superuser may say so.
    const findsDeadlocks = await client.query(FIND_DEADLOCKS).then(
      () => true,
      () => false,
    );
    const { rows } = await client.query('select pg_backend_pid() as pid');
    return new RealSession(client, { pid: rows[0].pid, findsDeadlocks });
  }

  /** The server has ended it. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Blocked statements end by themselves, in real time. */
  get hasLockTimeout(): boolean {
    return this.#hasLockTimeout;
  }

  query(statement: RealStatement, clock: ServerClock): Promise<RealAnswer> {
    return this.#next(() => this.#send(statement, clock));
  }

  /** Without virtual time. */
  run(text: string, values?: readonly unknown[]): Promise<pg.QueryResult> {
    return this.#next(() => this.#client.query(text, values as unknown[]));
  }

  /** Rolls back and forgets whatever belonged to its user. `false` when it is of no use any more. */
  async forget(): Promise<boolean> {
    try {
      await this.#next(() => this.#client.query(this.#forget));
      return !this.#isBroken;
    } catch {
      await this.end();
      return false;
    }
  }

  async end(): Promise<void> {
    this.#broken();
    await this.#client.end().catch(() => {});
  }

  #next<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }

  async #send(statement: RealStatement, clock: ServerClock): Promise<RealAnswer> {
    const before = this.#client.getTransactionStatus();
    if (before === 'I') this.#isReadOnly = false;
    const needsTime = before !== 'E' && !this.#isReadOnly && !TIMELESS.test(statement.text);
    const telling = !needsTime ? null : this.#tellTime(clock, before === 'I');
    if (READ_ONLY.test(statement.text)) this.#isReadOnly = true;
    const { text, values, name, rowMode } = statement;
    const config = {
      text,
      ...(values === undefined ? {} : { values: values as unknown[] }),
      ...(name === undefined ? {} : { name }),
      ...(rowMode === undefined ? {} : { rowMode }),
    };
    const answer = this.#client.query(config);
    const [result] = await Promise.all([answer, telling]);
    return { result, status: this.#client.getTransactionStatus() };
  }

  async #tellTime(clock: ServerClock, isOutside: boolean): Promise<void> {
    const values = [String(Math.round(clock() * 1_000))];
    const telling = this.#client.query(
      isOutside
        ? { name: 'holdfast_testkit_time', text: OUTSIDE, values }
        : { name: 'holdfast_testkit_clock', text: IN_TRANSACTION, values },
    );
    try {
      const { rows } = await telling;
      this.#hasLockTimeout = rows[0]?.lock_timeout !== '0';
    } catch (error) {
      // In a transaction that has failed nothing but its end can come; what happened to the connection its statement tells.
      if (isServerError(error) && error.code !== '25P02') throw error;
    }
  }

  #broken(): void {
    this.#isBroken = true;
  }
}

/** The functions of virtual time come before those of the server, because they are in the first schema of the path. */
export const sessionOptions =
  '-c search_path=public,pg_catalog -c synchronous_commit=off -c jit=off -c application_name=holdfast-testkit';

/** A pool of real connections for what prepares a database: schema and migrations. */
export function realPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString, options: sessionOptions });
  pool.on('error', () => {});
  return pool;
}

function isServerError(error: unknown): error is { readonly code: string } {
  return error instanceof pg.DatabaseError;
}
