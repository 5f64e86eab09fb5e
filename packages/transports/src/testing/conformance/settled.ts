const TURNS = 20;

/** Whether the promise has settled by now, everything that is ready to run having run. */
export async function hasSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const settle = () => {
    settled = true;
  };
  promise.then(settle, settle);
  for (let turn = 0; turn < TURNS && !settled; turn += 1) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  return settled;
}
