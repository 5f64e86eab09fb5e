import type { Clock, LoopResult, Publisher, Random } from '@holdfast/core';
import { HistoryChangedError } from '../errors/history-changed-error.ts';
import type { Lane } from '../store/lane-store.ts';
import type { OutboxStore } from '../store/outbox-store.ts';
import type { Breaker } from './breaker.ts';
import { LaneLease } from './lane-lease.ts';
import { type LaneSession, openSession } from './lane-session.ts';
import type { RelayEventListener } from './relay-event.ts';
import type { RelaySettings } from './relay-settings.ts';
import { type ServedRequests, serveRequests } from './serve-requests.ts';

export interface LaneRelayOptions {
  readonly lane: Lane;
  readonly store: Pick<OutboxStore<never>, 'name' | 'lanes' | 'parking' | 'leases'>;
  readonly publisher: Publisher;
  readonly breaker: Breaker;
  readonly settings: Required<RelaySettings>;
  /** Unique per relay: who holds the lane. */
  readonly holder: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly emit: RelayEventListener;
  /** Asks for another run: something is to be sent that no run is looking after. */
  readonly wake: () => void;
  /** A long run is getting on. */
  readonly progress: () => void;
}

/** How long polling stays at its shortest interval after messages came: a sender that stalls goes on soon. */
const LINGER_MS = 50;

/** How often a standby asks for the lease, in milliseconds. */
const STANDBY_EVERY_MS = 1_000;

/** How often the lane's holder looks for requests of operators, in milliseconds. */
const REQUESTS_EVERY_MS = 2_000;

/** Relays one lane: claims it, reads ahead, sends, records progress behind. One instance, one call of `runOnce` at a time. */
export class LaneRelay {
  readonly #options: LaneRelayOptions;
  readonly #lease: LaneLease;
  #session: LaneSession | null = null;
  #requestsAt = 0;
  #published = 0;
  #expecting = false;
  #lingerUntil = 0;
  /** Reads under way of sessions that were dropped. */
  #leftReads: Promise<void> = Promise.resolve();

  constructor(options: LaneRelayOptions) {
    this.#options = options;
    const { lane, store, holder, settings, clock } = options;
    this.#lease = new LaneLease({
      lane: lane.lane,
      leaseName: `${store.name}/lane/${lane.lane}`,
      holder,
      leaseMs: settings.leaseMs,
      leases: store.leases,
      lanes: store.lanes,
      clock,
    });
  }

  get lane(): Lane {
    return this.#options.lane;
  }

  get isHolder(): boolean {
    return this.#lease.held;
  }

  /** Messages accepted by the destination since this object was made. */
  get published(): number {
    return this.#published + (this.#session?.sender.published ?? 0);
  }

  get inFlight(): number {
    return this.#session?.sender.inFlight ?? 0;
  }

  /** The id of the message that blocks the lane by its type's policy, or `null`. */
  get blockedBy(): string | null {
    return this.#session?.sender.blocked?.envelope.id ?? null;
  }

  /** Something was sent in this process and may be committed soon: an empty log is looked at again shortly. */
  expect(): void {
    this.#expecting = true;
    this.#options.wake();
  }

  /** Relays until the log is exhausted, the destination asks to wait, the lane is lost, or it is aborted. */
  async runOnce(signal: AbortSignal): Promise<LoopResult> {
    const session = await this.#ensureSession();
    if (session === null) return { sleepMs: Math.min(STANDBY_EVERY_MS, this.#options.settings.leaseMs / 3) };
    const before = session.reader.entriesRead;
    try {
      session.recorder.throwIfFailed();
      session.recorder.resume();
      await this.#serveRequests(session, signal);
      session.reader.rearm();
      const waitMs = await this.#pump(session, signal);
      if (waitMs > 0) return { sleepMs: waitMs };
    } catch (error) {
      if (!(error instanceof HistoryChangedError)) throw error;
      this.#drop(session, error.message);
      return 'busy';
    }
    const now = this.#options.clock.monotonic();
    if (session.reader.entriesRead > before) {
      this.#lingerUntil = now + LINGER_MS;
      return 'busy';
    }
    if (now < this.#lingerUntil) return { sleepMs: this.#options.settings.pollMinMs };
    if (!this.#expecting) return 'idle';
    this.#expecting = false;
    return { sleepMs: 1 };
  }

  /** Waits for what is in flight and records it, until `deadlineMs` on the clock's monotonic time. */
  async settle(deadlineMs: number): Promise<void> {
    if (this.#session === null) return;
    await this.#settleInFlight(this.#session, deadlineMs);
    await this.#session?.recorder.flush();
  }

  /** Prolongs the lane's lease. To be called at a third of the lease's length or sooner, whatever else goes on. */
  async renew(): Promise<void> {
    await this.#lease.renew();
    if (this.#lease.claim === null && this.#session !== null) this.#drop(this.#session, 'the lease was taken over');
  }

  /**
   * Lets what is in flight settle until `deadlineMs` (on the clock's monotonic time), records progress and gives the
   * lane back. Returns how many messages had no receipt by then; they will be published again.
   */
  async close(deadlineMs: number): Promise<number> {
    const session = this.#session;
    let abandoned = 0;
    if (session !== null && this.#lease.claim !== null) {
      await this.#settleInFlight(session, deadlineMs);
      abandoned = session.sender.inFlight;
      session.sender.abandon();
      this.#session = null;
      this.#published += session.sender.published;
    }
    // What cannot be recorded will be published again; the lease is given up all the same.
    const leaving = (session?.recorder.flush() ?? Promise.resolve()).finally(() => this.#lease.release());
    const reads = Promise.all([session?.reader.settled(), this.#leftReads]);
    // Also when leaving fails, nothing is under way any more afterwards.
    await this.#before(
      deadlineMs,
      leaving.finally(() => reads),
    );
    return abandoned;
  }

  /** Rejects when `work` does not end in time; a database that does not answer must not hold up the process. */
  async #before(deadlineMs: number, work: Promise<void>): Promise<void> {
    const { clock } = this.#options;
    const ended = new AbortController();
    // Some time is left even when the messages in flight have used it up.
    const leftMs = Math.max(500, deadlineMs - clock.monotonic());
    const deadline = clock.sleep(leftMs, ended.signal).then(() => 'late' as const);
    work.catch(() => {});
    const first = await Promise.race([work, deadline]).finally(() => ended.abort());
    if (first === 'late') throw new Error('the database did not answer before the deadline');
  }

  async #ensureSession(): Promise<LaneSession | null> {
    if (this.#session !== null && this.#lease.held) return this.#session;
    if (this.#session !== null) this.#drop(this.#session, 'the lease ran out before it was prolonged');
    const claim = await this.#lease.take();
    if (claim === null) return null;
    const { lane, emit } = this.#options;
    const session = openSession(claim, this.#options, () => {
      if (this.#session === session) this.#drop(session, 'another relay has claimed the lane');
    });
    this.#session = session;
    this.#requestsAt = 0;
    emit({ type: 'lane-claimed', lane: lane.lane, destination: lane.destination });
    return session;
  }

  #drop(session: LaneSession, reason: string): void {
    if (this.#session !== session) return;
    this.#session = null;
    this.#published += session.sender.published;
    this.#lease.drop();
    session.recorder.close();
    session.sender.abandon();
    session.change.notify();
    this.#leftReads = Promise.all([this.#leftReads, session.reader.settled()]).then(() => {});
    this.#options.emit({ type: 'lane-lost', lane: this.#options.lane.lane, reason });
  }

  /** Returns 0 when the log is exhausted, else how many milliseconds the destination is to be left alone. */
  async #pump(session: LaneSession, signal: AbortSignal): Promise<number> {
    const { reader, sender, recorder, change } = session;
    while (!signal.aborted && this.#session === session && this.#lease.held) {
      this.#options.progress();
      recorder.throwIfFailed();
      reader.throwIfFailed();
      const waitMs = sender.send();
      if (waitMs > 0 && sender.inFlight === 0) return waitMs;
      if (sender.queued < this.#options.settings.pageSize) reader.begin();
      if (reader.exhausted && !reader.reading && sender.queued === 0) return 0;
      if (reader.reading || sender.inFlight > 0) await change.wait(signal);
      // Others get their turn whatever happens.
      else await this.#options.clock.sleep(0);
    }
    return 0;
  }

  async #serveRequests(session: LaneSession, signal: AbortSignal): Promise<void> {
    const { clock, store, breaker, settings } = this.#options;
    if (clock.monotonic() < this.#requestsAt) return;
    // While the destination is away a message of the log finds out when it is back; without one a request does.
    if (breaker.state !== 'closed' && session.sender.queued > 0) return;
    this.#requestsAt = clock.monotonic() + REQUESTS_EVERY_MS;
    const waiting = await store.parking.requests(session.claim, 1);
    if (waiting.length === 0) return;
    await this.#settleInFlight(session, clock.monotonic() + settings.leaseMs);
    if (session.sender.inFlight > 0) return;
    await session.recorder.flush();
    // What is parked but not recorded yet would be overtaken by what comes after its key is released.
    if (session.recorder.hasUnsaved) return;
    const permission = breaker.permission();
    if (permission.allow === 'none') return;
    const served = await this.#serve(session, signal, permission.allow === 'probe' ? 1 : settings.batchSize);
    session.sender.release(served.released);
    this.#published += served.published;
    this.#judge(served);
    if (served.outcome === 'fenced') this.#drop(session, 'another relay has claimed the lane');
  }

  /** What the redriven messages tell about the destination. */
  #judge({ outcome, answered, retryAfterMs }: ServedRequests): void {
    const { breaker, emit, lane } = this.#options;
    const { destination } = lane;
    const wasClosed = breaker.state === 'closed';
    if (outcome === 'unavailable') {
      if (wasClosed)
        emit({ type: 'destination-unavailable', destination, reason: 'it did not take redriven messages' });
      breaker.fail(retryAfterMs);
    } else if (answered > 0) {
      if (!wasClosed) emit({ type: 'destination-available', destination });
      breaker.succeed();
    } else breaker.cancel();
  }

  async #serve(session: LaneSession, signal: AbortSignal, batchSize: number): Promise<ServedRequests> {
    const { store, publisher } = this.#options;
    try {
      return await serveRequests({
        parking: store.parking,
        publisher,
        claim: session.claim,
        batchSize,
        mayContinue: () => !signal.aborted && this.#lease.held,
      });
    } catch (error) {
      // Which keys still hold something back is not known now; the lane tells when it is claimed anew.
      this.#drop(session, 'a request could not be recorded');
      throw error;
    }
  }

  async #settleInFlight(session: LaneSession, deadlineMs: number): Promise<void> {
    const { clock } = this.#options;
    const timeout = new AbortController();
    const timer = clock.sleep(deadlineMs - clock.monotonic(), timeout.signal).then(() => timeout.abort());
    while (session.sender.inFlight > 0 && !timeout.signal.aborted) await session.change.wait(timeout.signal);
    timeout.abort();
    await timer;
  }
}
