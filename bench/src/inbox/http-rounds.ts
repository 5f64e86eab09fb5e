import { alternate, type Contender, type Results, type Round } from '../harness/alternate.ts';
import type { BenchContext } from '../harness/bench-row.ts';
import { type Check, type Line, ratioCheck, type Target } from '../harness/line.ts';
import type { Meter } from '../harness/meter.ts';
import { resultsLine } from '../harness/results-line.ts';
import { summaryOf } from '../harness/summary.ts';
import { type FetchHandler, HttpEndpoint } from './http-endpoint.ts';
import { HttpLoad, type LoadTask } from './http-load.ts';

export const BARE = 'bare endpoint, one transaction';
export const KEYED = 'HttpIdempotency, a new key each';
export const REPLAY = 'HttpIdempotency, replay of a stored answer';

const TURN_SECONDS = 0.25;
const TURNS_PER_ROUND = 2;
const CONCURRENCIES = [1, 8, 32];
/** Answers that are there to be replayed. */
const STORED = 2_000;

export interface HttpRoundsOptions {
  readonly context: BenchContext;
  readonly meter: () => Meter;
  readonly bare: FetchHandler;
  readonly keyed: FetchHandler;
  /** Stands before the names of the lines. */
  readonly prefix: string;
}

/** The same order by the same client, with and without a key. */
export async function httpRounds(options: HttpRoundsOptions): Promise<readonly Line[]> {
  const load = await HttpLoad.start();
  const bare = await HttpEndpoint.start(options.bare);
  const keyed = await HttpEndpoint.start(options.keyed);
  const stored = options.context.quick ? 50 : STORED;
  try {
    await load.send({ port: keyed.port, concurrency: 8, until: { requests: stored }, keys: 'stored', stored });
    const lines: Line[] = [];
    for (const concurrency of CONCURRENCIES) {
      lines.push(...(await compare({ bare, keyed, load, concurrency, stored }, options)));
    }
    return lines;
  } finally {
    await load.stop();
    await bare.stop();
    await keyed.stop();
  }
}

interface Servers {
  readonly bare: HttpEndpoint;
  readonly keyed: HttpEndpoint;
  readonly load: HttpLoad;
  readonly concurrency: number;
  readonly stored: number;
}

async function compare(servers: Servers, options: HttpRoundsOptions): Promise<readonly Line[]> {
  const { context, prefix } = options;
  const { concurrency, stored, bare, keyed } = servers;
  const waits = new Map<string, { p50: number; p99: number }[]>();
  const contender = (name: string, { port }: HttpEndpoint, keys: LoadTask['keys']): Contender => ({
    name,
    round: () =>
      httpRound({ port, concurrency, keys, stored, until: turnOf(context) }, { servers, options, waits, name }),
  });
  const results = await alternate(
    [contender(BARE, bare, 'none'), contender(KEYED, keyed, 'fresh'), contender(REPLAY, keyed, 'stored')],
    { warmUps: context.warmUps, rounds: context.quick ? 1 : context.rounds * TURNS_PER_ROUND },
  );
  return [BARE, KEYED, REPLAY].map((name) => {
    const line = resultsLine(results, { name, unit: 'req/s', checks: checksOf(results, name, waits) });
    return { ...line, what: `${prefix}${concurrency} at a time: ${name}` };
  });
}

function turnOf({ quick }: BenchContext): LoadTask['until'] {
  return { seconds: quick ? TURN_SECONDS / 5 : TURN_SECONDS };
}

interface Asked {
  readonly servers: Servers;
  readonly options: HttpRoundsOptions;
  readonly waits: Map<string, { p50: number; p99: number }[]>;
  readonly name: string;
}

async function httpRound(task: LoadTask, { servers, options, waits, name }: Asked): Promise<Round> {
  const meter = options.meter();
  meter.start();
  const { count, p50, p99, replayed } = await servers.load.send(task);
  const reading = meter.stop();
  if (replayed !== (task.keys === 'stored' ? count : 0)) {
    throw new Error(`${replayed} of ${count} answers were replayed.`);
  }
  waits.set(name, [...(waits.get(name) ?? []), { p50, p99 }]);
  return { ...reading, count };
}

const targets: Readonly<Record<string, Target>> = { [KEYED]: { least: 0.75 }, [REPLAY]: { least: 1.5 } };

function checksOf(results: Results, name: string, waits: Asked['waits']): readonly Check[] {
  const samples = waits.get(name) ?? [];
  const latencies = [
    { of: 'ms p50', value: summaryOf(samples.map(({ p50 }) => p50)).median },
    { of: 'ms p99', value: summaryOf(samples.map(({ p99 }) => p99)).median },
  ];
  return name === BARE ? latencies : [ratioCheck('× bare', results.ratio(name, BARE), targets[name]), ...latencies];
}
