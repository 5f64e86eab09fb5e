import { summarizeError } from '@holdfast/core';
import { originOf } from '../kernel/error-origins.ts';
import { currentProcess, currentSimulation } from '../kernel/process-context.ts';
import { ProcessKilledError } from '../kernel/process-killed-error.ts';
import type { Simulation } from '../kernel/simulation.ts';

const events = ['unhandledRejection', 'uncaughtException'] as const;

type Listener = (...args: unknown[]) => void;

/** An error that nobody caught, in the code of a run: a real Node process would have ended by it. Those of dead processes mean nothing. */
export function strayErrorIn(simulation: Simulation, error: unknown): void {
  const incarnation = currentProcess()?.incarnation ?? originOf(error);
  if (error instanceof ProcessKilledError || incarnation?.isAlive === false) return;
  const who = incarnation === undefined ? 'Code outside of every process' : `"${incarnation.process}"`;
  const message = summarizeError(error);
  simulation.problem('no error goes uncaught', `${who} let an error go uncaught: ${message}`);
  if (incarnation !== undefined) simulation.onKill(incarnation, `uncaught: ${message}`);
}

/** Takes errors that nobody caught from the listeners of the test runner, and gives them those that are not of a run. */
export class StrayErrors {
  readonly #aside = new Map<string, readonly unknown[]>();
  readonly #own = new Map<string, Listener>();

  begin(): void {
    for (const event of events) {
      this.#aside.set(event, process.rawListeners(event));
      process.removeAllListeners(event);
      const own: Listener = (...args) => this.#take(event, args);
      this.#own.set(event, own);
      process.on(event, own);
    }
  }

  end(): void {
    for (const event of events) {
      const own = this.#own.get(event);
      if (own !== undefined) process.removeListener(event, own);
      for (const listener of this.#aside.get(event) ?? []) process.on(event, listener as Listener);
    }
    this.#aside.clear();
    this.#own.clear();
  }

  #take(event: string, args: unknown[]): void {
    const simulation = currentSimulation();
    const others = this.#aside.get(event) ?? [];
    if (simulation !== null) strayErrorIn(simulation, args[0]);
    // As Node does when nobody listens.
    else if (others.length === 0) throw args[0];
    else for (const listener of others) Reflect.apply(listener as Listener, process, args);
  }
}
