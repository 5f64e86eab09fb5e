import { runInProcess } from '../kernel/process-context.ts';
import { openConnection, type SqliteHandle } from './driver.ts';

/** SQLite's functions of time, and which argument is the moment that they are asked about. */
const functions: Readonly<Record<string, number>> = {
  unixepoch: 0,
  julianday: 0,
  date: 0,
  time: 0,
  datetime: 0,
  strftime: 1,
};
const keywords: Readonly<Record<string, string>> = {
  current_timestamp: 'datetime',
  current_date: 'date',
  current_time: 'time',
};

/** What a modifier looks like that may stand where the moment was left out. */
const withoutMoment = /^(subsec|subsecond)$/i;

let real: SqliteHandle | undefined;

/** Makes a connection's functions of time tell `nowMs()`, in milliseconds since the Unix epoch, where they would tell the machine's time. */
export function installVirtualTime(connection: SqliteHandle, nowMs: () => number): void {
  for (const [name, moment] of Object.entries(functions)) {
    connection.function(name, { varargs: true }, (...args: unknown[]) => virtual(name, moment, { args, nowMs }));
  }
  for (const [keyword, name] of Object.entries(keywords)) {
    connection.function(keyword, () => virtual(name, 0, { args: [], nowMs }));
  }
}

function virtual(
  name: string,
  moment: number,
  { args, nowMs }: { readonly args: readonly unknown[]; readonly nowMs: () => number },
): unknown {
  const given = args[moment];
  const isLeftOut = given === undefined || (typeof given === 'string' && withoutMoment.test(given));
  if (name === 'unixepoch' && isLeftOut) return given === undefined ? Math.floor(nowMs() / 1_000) : nowMs() / 1_000;
  const isNow = typeof given === 'string' && given.toLowerCase() === 'now';
  if (!isNow && !isLeftOut) return builtIn(name, args);
  const now = new Date(nowMs()).toISOString();
  return builtIn(name, [...args.slice(0, moment), now, ...args.slice(isNow ? moment + 1 : moment)]);
}

/** A connection of its own, where they are still SQLite's. */
function builtIn(name: string, args: readonly unknown[]): unknown {
  real ??= runInProcess(null, () => openConnection(':memory:'));
  const marks = args.map(() => '?').join(', ');
  return real
    .prepare(`select ${name}(${marks})`)
    .pluck()
    .get(...args);
}
