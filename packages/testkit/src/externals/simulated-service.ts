import { TransientError, UnknownOutcomeError } from '@holdfast/core';
import type { World } from '../kernel/world.ts';

export interface SimulatedServiceOptions<Api extends object> {
  /** What the service does when a call arrives. Methods return promises; what they keep is the service's own and outlives every process of yours. */
  readonly api: Api;
  /** How much it keeps, by kind of thing: its ledger, for comparisons between runs. @default nothing is counted */
  readonly counts?: () => Readonly<Record<string, number>>;
  /** Members of `api` that are no calls: lists for checks. @default none */
  readonly except?: readonly string[];
  /** How long a caller waits for an answer when the way is cut, in virtual milliseconds. @default 1_000 */
  readonly timeoutMs?: number;
}

/**
 * A service of somebody else: a payment provider, a mail gateway. Calls and answers travel, and can be lost; what was sent may arrive when its sender
 * is dead; the service can be down, slow, or out of reach. It never crashes with your process, and forgets nothing.
 *
 * A refused call fails with a `TransientError`: nothing happened. A lost answer fails with an `UnknownOutcomeError`: it may have happened.
 * Errors that the service itself throws arrive as they are.
 */
export class SimulatedService<Api extends object> {
  readonly name: string;
  /** Call it in your code. Outside of simulated processes, as in checks, calls are at once and nothing goes wrong. */
  readonly api: Api;
  readonly #world: World;
  readonly #counts: (() => Readonly<Record<string, number>>) | undefined;
  /** Calls that arrive wait until then. */
  #slowUntil = 0;

  /** Adds the service to the world. @throws InvalidOptionError */
  constructor(world: World, name: string, { api, counts, except = [], timeoutMs }: SimulatedServiceOptions<Api>) {
    world.server(name);
    this.#beSlowAtTimes(world, name);
    this.#world = world;
    this.name = name;
    this.#counts = counts;
    this.api = world.port(name, this.#slowed(api, except), {
      server: name,
      answers: true,
      outlivesSender: true,
      errorBefore: () => new TransientError(`"${name}" refused the call: nothing happened.`),
      errorAfter: () => new UnknownOutcomeError(`The answer of "${name}" was lost: the call may have happened.`),
      except,
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
    if (counts !== undefined) world.part({ name, counts });
  }

  /** How much the service keeps. */
  counts(): Readonly<Record<string, number>> {
    return this.#counts?.() ?? {};
  }

  /** Has calls wait for so many virtual milliseconds before they are worked on. The fault `pause` of the service does the same. */
  slowDown(ms: number): void {
    this.#slowUntil = Math.max(this.#slowUntil, this.#world.simulation.now + ms);
  }

  #beSlowAtTimes({ disturbables }: World, name: string): void {
    const index = disturbables.findIndex((disturbable) => disturbable.name === name);
    const server = disturbables[index];
    if (server === undefined) return;
    disturbables[index] = {
      name,
      kinds: [...server.kinds, 'pause'],
      disturb: (kind, ms) => (kind === 'pause' ? this.slowDown(ms) : server.disturb(kind, ms)),
    };
  }

  #slowed(api: Api, except: readonly string[]): Api {
    return new Proxy(api, {
      get: (target, name) => {
        const value = Reflect.get(target, name, target);
        if (typeof value !== 'function' || except.includes(String(name))) return value;
        return (...args: unknown[]) => {
          const { simulation } = this.#world;
          const waitMs = this.#slowUntil - simulation.now;
          if (waitMs <= 0 || !simulation.isRunning) return Reflect.apply(value, target, args);
          return simulation.sleep(waitMs).then(() => Reflect.apply(value, target, args));
        };
      },
    });
  }
}
