import type { Incarnation } from '../kernel/incarnation.ts';
import { currentProcess } from '../kernel/process-context.ts';
import type { Patches } from './patches.ts';

type Listening = Parameters<AbortSignal['addEventListener']>;

/** What each process listens to. */
const heard = new WeakMap<Incarnation, Map<AbortSignal, Listening[]>>();

/**
 * Listeners to signals end with their process. A process that is killed does not take them back, and there are signals that outlive it: those of a
 * module, and those of `AbortSignal.any`, which Node keeps while somebody listens. Each would keep the whole run in memory.
 */
export function makeListenersMortal(patches: Patches): void {
  patches.replace<AbortSignal['addEventListener']>(
    AbortSignal.prototype,
    'addEventListener',
    (real) =>
      function (this: AbortSignal, ...listening: Listening): void {
        const incarnation = currentProcess()?.incarnation;
        if (incarnation?.isAlive === false) return;
        Reflect.apply(real, this, listening);
        if (incarnation !== undefined) note(incarnation, this, listening);
      },
  );
  patches.replace<AbortSignal['removeEventListener']>(
    AbortSignal.prototype,
    'removeEventListener',
    (real) =>
      function (this: AbortSignal, ...listening: Parameters<AbortSignal['removeEventListener']>): void {
        Reflect.apply(real, this, listening);
        const incarnation = currentProcess()?.incarnation;
        if (incarnation !== undefined) forget(incarnation, this, listening);
      },
  );
}

function note(incarnation: Incarnation, signal: AbortSignal, listening: Listening): void {
  let signals = heard.get(incarnation);
  if (signals === undefined) {
    const all = new Map<AbortSignal, Listening[]>();
    signals = all;
    heard.set(incarnation, all);
    incarnation.onEnd(() => stopListening(all));
  }
  const known = signals.get(signal);
  if (known === undefined) signals.set(signal, [listening]);
  else known.push(listening);
}

function forget(incarnation: Incarnation, signal: AbortSignal, [type, listener]: readonly unknown[]): void {
  const signals = heard.get(incarnation);
  const known = signals?.get(signal);
  if (signals === undefined || known === undefined) return;
  const left = known.filter((each) => each[0] !== type || each[1] !== listener);
  if (left.length === 0) signals.delete(signal);
  else signals.set(signal, left);
}

function stopListening(signals: ReadonlyMap<AbortSignal, readonly Listening[]>): void {
  for (const [signal, known] of signals) for (const listening of known) signal.removeEventListener(...listening);
}
