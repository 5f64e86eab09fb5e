// Taken when loaded, before anything guards them.
const realTimer = globalThis.setTimeout;
const cancelRealTimer = globalThis.clearTimeout;

/** Waits in real time, or shorter when `work` is over. For what no seed decides. */
export async function realPause(ms: number, work?: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const pause = new Promise<void>((resolve) => {
    timer = realTimer(resolve, ms);
  });
  await (work === undefined ? pause : Promise.race([work, pause]));
  cancelRealTimer(timer);
}
