import { EventEmitter } from 'node:events';
import { IoLane, type IoSite } from '../kernel/io-site.ts';
import { currentProcess, type ProcessContext, runInProcess } from '../kernel/process-context.ts';
import { connectionReset, notQueryable } from './connection-errors.ts';
import { type QueryAnswer, type QueryInput, type QueryInputConfig, queryConfig } from './query-input.ts';
import type { RealAnswer } from './real-session.ts';
import type { SimulatedPool } from './simulated-pool.ts';
import type { ServerConnection, SimulatedPostgres } from './simulated-postgres.ts';
import { statementLabel } from './statement-label.ts';

export interface SimulatedClientOptions {
  readonly postgres: SimulatedPostgres;
  readonly connection: ServerConnection;
  readonly pool: SimulatedPool;
}

/** How long a client waits for a way that is cut, when it was not told how long. */
const SILENCE_MS = 30_000;

/** Has the shape of a client of `pg.Pool`. Statements arrive, and answers come back, in the order in which they were sent. */
export class SimulatedClient extends EventEmitter {
  /** As `pg` has it: whether statements are sent without waiting for the answer before. */
  readonly pipeline: boolean;
  readonly processID: number;
  /** The socket: it can be cut. */
  readonly connection = { stream: { destroy: () => this.#cut(), cork: nothing, uncork: nothing } };
  readonly #options: SimulatedClientOptions;
  readonly #context: ProcessContext | null = currentProcess();
  readonly #lane = new IoLane();
  #answered: Promise<unknown> = Promise.resolve();
  #status: 'I' | 'T' | 'E' | null = 'I';
  #lost: Error | null = null;
  readonly #waiting = new Set<(error: Error) => void>();
  #isCheckedOut = false;
  #isDropped = false;

  constructor(options: SimulatedClientOptions) {
    super();
    this.#options = options;
    const { pool, connection } = options;
    this.pipeline = pool.options.pipeline ?? false;
    this.processID = connection.session.pid;
    connection.onClose(() => this.#terminated());
  }

  /** Its connection is of no use any more. */
  get isLost(): boolean {
    return this.#lost !== null;
  }

  getTransactionStatus(): 'I' | 'T' | 'E' | null {
    return this.#status;
  }

  query(input: QueryInput, values?: readonly unknown[]): Promise<QueryAnswer> {
    const config = queryConfig(input, values);
    const before = this.#answered;
    const sent = this.pipeline ? this.#send(config) : before.then(() => this.#send(config));
    const answer = before.then(() => sent).then((answer) => this.#arrived(answer));
    sent.catch(nothing);
    this.#answered = answer.catch(nothing);
    return this.#outcome(answer, this.#timeoutMs(config));
  }

  release(destroy?: boolean | Error): void {
    if (!this.#isCheckedOut) throw new Error('Release called on client which has already been released to the pool.');
    this.#isCheckedOut = false;
    this.#options.pool.giveBack(this, destroy !== undefined && destroy !== false);
  }

  async end(): Promise<void> {
    this.#isDropped = true;
    this.#cut();
  }

  /** @internal */
  checkOut(): void {
    this.#isCheckedOut = true;
  }

  #send(config: QueryInputConfig): Promise<RealAnswer> {
    if (this.#lost !== null) return Promise.reject(notQueryable());
    const { postgres, connection } = this.#options;
    const lose = () => {
      const error = connectionReset();
      this.#lose(error);
      return error;
    };
    const site: IoSite = {
      label: `${postgres.name}.${statementLabel(config.text)}`,
      server: postgres.name,
      answers: true,
      lane: this.#lane,
      foreign: { isBlocked: connection.isBlocked },
      timeoutMs: this.#timeoutMs(config) ?? SILENCE_MS,
      errorBefore: lose,
      errorAfter: lose,
    };
    return postgres.simulation.io(site, () => {
      if (connection.isClosed) throw this.#lost ?? connectionReset();
      return connection.session.query(config, postgres.clock);
    });
  }

  #arrived({ result, status }: RealAnswer): QueryAnswer {
    this.#status = status;
    return result;
  }

  #timeoutMs({ query_timeout }: QueryInputConfig): number | undefined {
    return query_timeout ?? this.#options.pool.options.query_timeout;
  }

  /** The answer, unless the connection is lost before, or the client gives up waiting: then the connection stays as it is. */
  #outcome(answer: Promise<QueryAnswer>, timeoutMs: number | undefined): Promise<QueryAnswer> {
    return new Promise((resolve, reject) => {
      const { simulation } = this.#options.postgres;
      const timer =
        timeoutMs === undefined ? null : simulation.after(timeoutMs, () => reject(new Error('Query read timeout')));
      const end = () => {
        if (timer !== null) timer.cancelled = true;
        this.#waiting.delete(fail);
      };
      const fail = (error: Error) => {
        end();
        reject(error);
      };
      this.#waiting.add(fail);
      answer.finally(end).then(resolve, reject);
    });
  }

  /** By the client itself: the server hears of it. */
  #cut(): void {
    this.#end(new Error('Connection terminated'), (error) => this.#tell(error, null));
  }

  /** The way is gone, as the client hears by a statement. */
  #lose(error: Error): void {
    this.#end(error, () => this.#tell(error, error));
  }

  /** The server has ended it: the client hears of it when it runs. */
  #terminated(): void {
    this.#end(connectionReset(), (error) => {
      this.#options.postgres.simulation.after(0, () => this.#tell(error, error));
    });
  }

  #end(error: Error, tell: (error: Error) => void): void {
    if (this.#lost !== null) return;
    this.#lost = error;
    this.#lane.close();
    this.#options.connection.close();
    const context = this.#context;
    if (context?.incarnation.isAlive) runInProcess(context, () => tell(error));
  }

  #tell(error: Error, event: Error | null): void {
    for (const fail of [...this.#waiting]) fail(error);
    void this.#announce(event);
  }

  /** Asynchronous, so that without a listener it is an error that nobody catches, which ends the process. */
  async #announce(error: Error | null): Promise<void> {
    // Whoever has given the client back has heard of it by a statement.
    if (error !== null && !this.#isDropped) this.emit('error', error);
    this.emit('end');
  }
}

function nothing(): void {}
