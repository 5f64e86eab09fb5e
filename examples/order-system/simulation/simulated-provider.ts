import type { World } from '@holdfast/testkit';
import type { SimulatedSqlite } from '@holdfast/testkit/sqlite';
import { ProviderDesk, type ProviderOutcome } from '../src/provider/provider-desk.ts';
import { ProviderLedger } from '../src/provider/provider-ledger.ts';
import { ProviderMoods } from '../src/provider/provider-moods.ts';
import type { Situations } from './situations.ts';

/** The payment provider as a server of the simulated world: its own desk, moods and ledger, and a way to it that may fail. */
export class SimulatedProvider {
  readonly #world: World;
  readonly #desk: ProviderDesk;
  readonly #situations: Situations;

  constructor(
    world: World,
    { database, situations }: { readonly database: SimulatedSqlite; readonly situations: Situations },
  ) {
    this.#world = world;
    this.#situations = situations;
    world.server('provider');
    this.#desk = new ProviderDesk({
      ledger: new ProviderLedger(database.handle()),
      moods: new ProviderMoods(world.simulation.seed),
      pause: (ms) => world.clock.sleep(ms),
    });
  }

  /** Somebody has had a word with it: it gives money back, too, that it has refused to give back. */
  acceptRefunds(): void {
    this.#desk.acceptRefunds();
  }

  /** In the place of `fetch`, for its client. */
  readonly fetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const { pathname: path } = new URL(String(input));
    const { method = 'GET', headers, body, signal } = init;
    const idempotencyKey = new Headers(headers).get('idempotency-key') ?? undefined;
    const request = { method, path, idempotencyKey, body: typeof body === 'string' ? JSON.parse(body) : null };
    const site = {
      label: method === 'GET' ? 'provider.find' : path === '/refunds' ? 'provider.refund' : 'provider.charge',
      server: 'provider',
      answers: true,
      outlivesSender: true,
      errorBefore: () => failed('ECONNREFUSED'),
      errorAfter: () => failed('ECONNRESET'),
    };
    if (method === 'GET')
      this.#situations.see(`a ${path.startsWith('/refunds') ? 'refund' : 'charge'} in doubt was looked up`);
    const asked = this.#world.simulation.io(site, () => this.#desk.outcome(request));
    return answered(await untilAborted(asked, signal ?? undefined), signal ?? undefined);
  };
}

/** As `fetch` fails. */
function failed(code: string): TypeError {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });
}

async function answered(outcome: ProviderOutcome, signal: AbortSignal | undefined): Promise<Response> {
  if (outcome === 'lost') throw failed('ECONNRESET');
  if (outcome === 'never') return untilAborted(new Promise<never>(() => {}), signal);
  const { status, body, headers = {} } = outcome;
  // What of a response is read: a whole one would bring streams along.
  return { status, headers: new Headers(headers), text: async () => JSON.stringify(body) } as unknown as Response;
}

function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
