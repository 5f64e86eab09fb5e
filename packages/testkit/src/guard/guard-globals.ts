import { syncBuiltinESMExports } from 'node:module';
import { guardExits } from './guard-exits.ts';
import { makeListenersMortal } from './mortal-listeners.ts';
import { Patches } from './patches.ts';
import { makeProcessListenersMortal } from './process-listeners.ts';
import { RealHandles } from './real-handles.ts';
import { refuseIo } from './refused-io.ts';
import { StrayErrors } from './stray-errors.ts';
import { makeChanceVirtual } from './virtual-chance.ts';
import { makeClocksVirtual } from './virtual-time.ts';
import { makeTimersVirtual } from './virtual-timers.ts';

const patches = new Patches();
const strayErrors = new StrayErrors();
const realHandles = new RealHandles();
let holders = 0;
let strictHolders = 0;

export interface GuardOptions {
  /** Real asynchronous resources in processes of strict runs are problems too. @default false */
  readonly strict?: boolean;
}

/**
 * While anybody holds it: in the code of a run time and chance of Node are those of the run, and in its processes real I/O is refused
 * ({@link UnwrappedIoError}). All other code passes. Returns what gives it back; the last one puts everything back. Hold it over many runs, and before
 * CommonJS packages are loaded that keep functions of Node for themselves (`const { randomUUID } = require('crypto')`).
 */
export function guardGlobals({ strict = false }: GuardOptions = {}): () => void {
  holders += 1;
  if (holders === 1) begin();
  if (strict) {
    strictHolders += 1;
    if (strictHolders === 1) realHandles.begin();
  }
  let isHeld = true;
  return () => {
    if (!isHeld) return;
    isHeld = false;
    if (strict) {
      strictHolders -= 1;
      if (strictHolders === 0) realHandles.end();
    }
    holders -= 1;
    if (holders === 0) end();
  };
}

function begin(): void {
  makeClocksVirtual(patches);
  makeTimersVirtual(patches);
  makeListenersMortal(patches);
  makeChanceVirtual(patches);
  refuseIo(patches);
  guardExits(patches);
  makeProcessListenersMortal(patches);
  // So that named imports of Node's modules see it.
  syncBuiltinESMExports();
  strayErrors.begin();
}

function end(): void {
  strayErrors.end();
  patches.restore();
  syncBuiltinESMExports();
}
