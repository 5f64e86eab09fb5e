import { randomUUID } from 'node:crypto';
import {
  type Clock,
  Loop,
  LoopStoppedError,
  type Publisher,
  type Random,
  SystemClock,
  SystemRandom,
  summarizeError,
  Telemetry,
} from '@holdfast/core';
import { MissingPublisherError } from '../errors/missing-publisher-error.ts';
import type { OutboxStats } from '../store/housekeeping-store.ts';
import type { OutboxStore } from '../store/outbox-store.ts';
import { Breaker } from './breaker.ts';
import { Housekeeper } from './housekeeper.ts';
import { LaneRelay } from './lane-relay.ts';
import type { RelayEvent, RelayEventListener } from './relay-event.ts';
import type { RelayLaneStatus } from './relay-lane-status.ts';
import { MeteredPublisher, observeOutbox } from './relay-metrics.ts';
import { type RelaySettings, relaySettings } from './relay-settings.ts';

export interface RelayOptions extends RelaySettings {
  readonly store: Pick<OutboxStore<never>, 'name' | 'lanes' | 'parking' | 'housekeeping' | 'leases' | 'wakeUp'>;
  /** One publisher for all destinations, or one for each. Lanes of destinations without one are left to other relays. */
  readonly publisher: Publisher | Readonly<Record<string, Publisher>>;
  /** Told what happens. What it throws is dropped. */
  readonly onEvent?: RelayEventListener;
  /** @default the application's OpenTelemetry */
  readonly telemetry?: Telemetry;
  /** @default the system's clock */
  readonly clock?: Clock;
  /** @default the system's */
  readonly random?: Random;
}

export interface RelayStopReport {
  /** Whether everything came to its end within the deadline. */
  readonly settled: boolean;
  /** Messages without a receipt by then: they will be published again. */
  readonly abandoned: number;
}

interface LaneActivity {
  readonly relay: LaneRelay;
  readonly loop: Loop;
  readonly breaker: Breaker;
}

/** How often new lanes are looked for, in milliseconds. */
const LANES_EVERY_MS = 10_000;

/**
 * Publishes what was committed to the outbox: at least once, in commit order per key, no matter what crashes.
 * Any number of relays may run; each lane is with one of them, the others stand by. A destination that is down costs
 * nothing but time: no attempt is counted, nothing is parked, the log waits.
 */
export class Relay {
  readonly #options: RelayOptions;
  readonly #settings: Required<RelaySettings>;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #holder = randomUUID();
  readonly #lanes = new Map<number, LaneActivity>();
  readonly #breakers = new Map<string, Breaker>();
  readonly #housekeeper: Housekeeper;
  readonly #loops: readonly Loop[];
  readonly #telemetry: Telemetry;
  readonly #endings: (() => void)[] = [];
  #started = false;
  #stopping: Promise<RelayStopReport> | null = null;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#settings = relaySettings(options);
    this.#clock = options.clock ?? new SystemClock();
    this.#random = options.random ?? new SystemRandom();
    this.#telemetry = options.telemetry ?? new Telemetry();
    this.#housekeeper = new Housekeeper(options.store.housekeeping, this.#clock, this.#emit);
    this.#loops = [
      this.#loop('lanes', async () => {
        await this.#discoverLanes();
        return { sleepMs: LANES_EVERY_MS };
      }),
      this.#loop('leases', async () => {
        await this.#renew();
        return { sleepMs: this.#settings.leaseMs / 3 };
      }),
      // Whoever relays keeps house; a standby costs one look at a lease per second, no more.
      this.#loop('housekeeping', async () => (this.#isActive ? this.#housekeeper.runOnce() : { sleepMs: 1_000 })),
    ];
  }

  /** Begins to relay. Calling it again changes nothing. @throws LoopStoppedError after `stop()` */
  start(): void {
    if (this.#stopping !== null) throw new LoopStoppedError('outbox relay');
    if (this.#started) return;
    this.#started = true;
    const wake = () => {
      for (const { relay } of this.#lanes.values()) relay.expect();
    };
    this.#endings.push(
      this.#options.store.wakeUp.subscribe(wake),
      observeOutbox(this.#telemetry, { stats: () => this.stats(), status: () => this.status() }),
    );
    for (const loop of this.#loops) loop.start();
    // Those that a single run has found before.
    for (const { loop } of this.#lanes.values()) loop.start();
  }

  /**
   * Relays what is committed now, once, without being started: for jobs and tests. Resolves when the lanes that this
   * relay can have are exhausted or their destinations ask to wait; what is in flight then has settled.
   */
  async runOnce(): Promise<void> {
    await this.#discoverLanes();
    await this.#housekeeper.runUntilDone();
    const done = new AbortController();
    const renewing = this.#renewUntil(done.signal);
    try {
      await Promise.all([...this.#lanes.values()].map(({ relay, loop }) => this.#exhaust(relay, loop)));
    } finally {
      done.abort();
      await renewing;
    }
  }

  /**
   * Stops reading, lets what is in flight settle until the deadline, records how far it came, and gives the lanes to
   * the next relay at once.
   */
  stop({ deadlineMs = 10_000 }: { readonly deadlineMs?: number } = {}): Promise<RelayStopReport> {
    this.#stopping ??= this.#settle(deadlineMs);
    return this.#stopping;
  }

  /** What this process does now. No I/O. */
  status(): readonly RelayLaneStatus[] {
    return [...this.#lanes.values()].map(({ relay, loop, breaker }) => ({
      ...relay.lane,
      held: relay.isHolder,
      published: relay.published,
      inFlight: relay.inFlight,
      breaker: breaker.state,
      unavailableSince: breaker.openedAt,
      blockedBy: relay.blockedBy,
      loop: loop.status(),
    }));
  }

  /** What waits in the log, for all relays together. Its cost does not grow with the backlog. */
  stats(): Promise<OutboxStats> {
    return this.#options.store.housekeeping.stats();
  }

  get #isActive(): boolean {
    return [...this.#lanes.values()].some(({ relay }) => relay.isHolder);
  }

  async #renew(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map(({ relay }) => relay.renew()));
  }

  async #renewUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(this.#settings.leaseMs / 3, signal);
      // A lease that cannot be prolonged ends by itself; the run then stops to send.
      if (!signal.aborted) await this.#renew().catch((error) => this.#emit(failure('leases', error)));
    }
  }

  async #exhaust(relay: LaneRelay, loop: Loop): Promise<void> {
    for (;;) {
      const result = await loop.runOnce();
      if (result !== 'busy') break;
    }
    await relay.settle(this.#clock.monotonic() + this.#settings.leaseMs);
  }

  async #discoverLanes(): Promise<void> {
    for (const lane of await this.#options.store.lanes.lanes()) {
      const publisher = this.#publisherOf(lane.destination);
      if (publisher === null || this.#lanes.has(lane.lane)) continue;
      const breaker = this.#breakerOf(lane.destination);
      const relay: LaneRelay = new LaneRelay({
        lane,
        publisher: new MeteredPublisher(publisher, this.#telemetry, lane.destination),
        breaker,
        store: this.#options.store,
        settings: this.#settings,
        holder: this.#holder,
        clock: this.#clock,
        random: this.#random,
        emit: this.#emit,
        wake: () => loop.nudge(),
        progress: () => loop.progress(),
      });
      const loop = this.#loop(`lane ${lane.lane}`, (signal) => relay.runOnce(signal));
      this.#lanes.set(lane.lane, { relay, loop, breaker });
      if (this.#started && this.#stopping === null) loop.start();
    }
    if (this.#lanes.size === 0) throw new MissingPublisherError();
  }

  #loop(name: string, runOnce: (signal: AbortSignal) => ReturnType<Loop['runOnce']>): Loop {
    return new Loop({
      name: `outbox relay ${name}`,
      runOnce,
      clock: this.#clock,
      random: this.#random,
      idleMs: { min: this.#settings.pollMinMs, max: this.#settings.pollMaxMs },
      errorBackoffMs: { min: 100, max: 5_000 },
      stallMs: Math.max(30_000, 2 * this.#settings.leaseMs),
      onError: (error) => this.#emit(failure(name, error)),
      onStalled: () =>
        this.#emit({ type: 'stalled', activity: name, forMs: Math.max(30_000, 2 * this.#settings.leaseMs) }),
    });
  }

  readonly #emit: RelayEventListener = (event) => {
    try {
      this.#options.onEvent?.(event);
    } catch {
      // A listener's failure is not the relay's: messages must go on.
    }
  };

  #publisherOf(destination: string): Publisher | null {
    const { publisher } = this.#options;
    if (isPublisher(publisher)) return publisher;
    return Object.hasOwn(publisher, destination) ? (publisher[destination] ?? null) : null;
  }

  #breakerOf(destination: string): Breaker {
    const known = this.#breakers.get(destination);
    if (known !== undefined) return known;
    const breaker = new Breaker({ clock: this.#clock, random: this.#random, maxMs: this.#settings.probeMaxMs });
    this.#breakers.set(destination, breaker);
    return breaker;
  }

  async #settle(deadlineMs: number): Promise<RelayStopReport> {
    const deadline = this.#clock.monotonic() + deadlineMs;
    for (const end of this.#endings.splice(0)) end();
    const left = () => Math.max(0, deadline - this.#clock.monotonic());
    const lanes = [...this.#lanes.values()];
    const loops = await Promise.all(
      [...lanes.map(({ loop }) => loop), ...this.#loops].map((loop) => loop.stop({ deadlineMs: left() })),
    );
    const closed = await Promise.allSettled(lanes.map(({ relay }) => relay.close(deadline)));
    return {
      settled:
        loops.every((report) => report.settled) &&
        closed.every((result) => result.status === 'fulfilled' && result.value === 0),
      abandoned: closed.reduce((sum, result) => sum + (result.status === 'fulfilled' ? result.value : 0), 0),
    };
  }
}

function failure(activity: string, error: unknown): RelayEvent {
  return { type: 'error', activity, error: summarizeError(error) };
}

function isPublisher(publisher: RelayOptions['publisher']): publisher is Publisher {
  return typeof (publisher as Publisher).publish === 'function';
}
