import type { Clock } from '@holdfast/core';
import type { EntryTarget } from '../aws/outgoing-entry.ts';

/** So many types of messages are looked up in one step; `*` binds names without end. */
const MAX_REMEMBERED = 1_000;

export interface Route {
  readonly queue: string;
  /** `*` alone is every type. */
  readonly types: readonly string[];
  readonly target: EntryTarget;
}

export interface RoutesOptions {
  readonly clock: Clock;
  /** Looks at the service. */
  readonly load: () => Promise<readonly Route[]>;
  /** After how long the routes are looked at again, while the known ones go on serving. */
  readonly maxAgeMs: number;
  /** Told when a look in the background failed. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Which targets get a message of a type: what this process declared, and what the service tells of other processes. Kept
 * in memory, looked at again every so often, and before anything is called unroutable.
 */
export class Routes {
  readonly #clock: Clock;
  readonly #load: () => Promise<readonly Route[]>;
  readonly #maxAgeMs: number;
  readonly #onFailure: (error: unknown) => void;
  readonly #declared = new Map<string, Route>();
  #loaded: readonly Route[] = [];
  #loadedAt = -Infinity;
  #byType = new Map<string, readonly EntryTarget[]>();
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  constructor({ clock, load, maxAgeMs, onFailure }: RoutesOptions) {
    this.#clock = clock;
    this.#load = load;
    this.#maxAgeMs = maxAgeMs;
    this.#onFailure = onFailure;
  }

  /** A queue that this process declared: known at once, and whatever the service lists. */
  add(route: Route): void {
    this.#declared.set(route.queue, route);
    this.#byType.clear();
  }

  /** Forgets a target that is gone; the next message of its types waits for a new look. */
  drop(target: EntryTarget): void {
    for (const [queue, route] of this.#declared) {
      if (route.target === target) this.#declared.delete(queue);
    }
    this.#loaded = this.#loaded.filter((route) => route.target !== target);
    this.#loadedAt = -Infinity;
    this.#byType.clear();
  }

  /** The targets as far as is known; `null` when that needs a {@link refresh} first. */
  find(type: string): readonly EntryTarget[] | null {
    if (this.#loadedAt === -Infinity) return null;
    this.#refreshIfOld();
    const targets = this.known(type);
    return targets.length === 0 ? null : targets;
  }

  /** A look that begins after this call: shared by all who ask for one meanwhile. */
  refresh(): Promise<void> {
    if (this.#running === null) return this.#start();
    this.#next ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#next = null;
        return this.#start();
      });
    return this.#next;
  }

  #start(): Promise<void> {
    this.#running = this.#look().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #look(): Promise<void> {
    const startedAt = this.#clock.monotonic();
    this.#loaded = await this.#load();
    this.#loadedAt = startedAt;
    this.#byType.clear();
  }

  #refreshIfOld(): void {
    if (this.#running !== null || this.#clock.monotonic() - this.#loadedAt < this.#maxAgeMs) return;
    this.#start().catch((error: unknown) => {
      // Not at each publish again.
      this.#loadedAt = this.#clock.monotonic();
      this.#onFailure(error);
    });
  }

  /** The targets as far as is known, which may be none. */
  known(type: string): readonly EntryTarget[] {
    const known = this.#byType.get(type);
    if (known !== undefined) return known;
    const targets = new Map<string, EntryTarget>();
    for (const route of this.#loaded) {
      if (binds(route, type)) targets.set(route.queue, route.target);
    }
    for (const route of this.#declared.values()) {
      if (binds(route, type)) targets.set(route.queue, route.target);
    }
    // Behind one topic are many queues.
    const distinct = [...new Set(targets.values())];
    // What nobody binds is not remembered: anybody can send names without end.
    if (distinct.length === 0) return distinct;
    if (this.#byType.size >= MAX_REMEMBERED) this.#byType.clear();
    this.#byType.set(type, distinct);
    return distinct;
  }
}

function binds({ types }: Route, type: string): boolean {
  return types.includes(type) || (types.length === 1 && types[0] === '*');
}
