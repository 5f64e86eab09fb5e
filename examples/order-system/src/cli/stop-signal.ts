/**
 * Aborted, with the signal's name as its reason, when the process is asked to end: by a signal, or because the reader of its output has gone, as in
 * `npm start | head -1`, which is as the signal of that name would have it. To be asked for once.
 */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // A second one ends the process at once: the handler is gone by then.
    process.once(signal, () => stop.abort(signal));
  }
  process.stdout.on('error', () => stop.abort('SIGPIPE'));
  return stop.signal;
}
