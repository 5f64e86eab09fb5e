import { setTimeout as pause } from 'node:timers/promises';
import { auditFolder } from '../audit/audit-folder.ts';
import type { AuditReport } from '../audit/audit-report.ts';
import { type FaultEvent, FaultScript } from '../faults/fault-script.ts';
import type { BadLine } from '../orders-input/order-line.ts';
import type { OrderSource } from '../orders-input/order-source.ts';
import { RelayProcess, type RelayProcessEvent } from '../relay-process/relay-process.ts';
import { openOrderTransport } from '../transport/open-order-transport.ts';
import type { OrderTransport } from '../transport/order-transport.ts';
import type { TransportName } from '../transport/transport-name.ts';
import type { DataFolder } from './data-folder.ts';
import { Monolith } from './monolith.ts';
import { type PlacedOrders, placeOrders } from './place-orders.ts';
import { witnessed } from './witnessed.ts';

/** What happens in a run. */
export type RunEvent =
  | FaultEvent
  | RelayProcessEvent
  | { readonly type: 'consumer-failed'; readonly consumer: string; readonly error: unknown };

/** How far a run has come. */
export interface RunStatus {
  readonly offered: number;
  readonly orderCount: number;
  readonly applied: readonly { readonly consumer: string; readonly count: number }[];
  readonly duplicates: number;
}

export interface RunOptions {
  readonly source: OrderSource;
  readonly transport: TransportName;
  readonly folder: DataFolder;
  readonly onEvent: (event: RunEvent) => void;
  /** Told often. */
  readonly onStatus: (status: RunStatus) => void;
  readonly onRejected: (line: BadLine) => void;
  readonly signal: AbortSignal;
}

const LOOK_EVERY_MS = 50;
/** When nothing has moved for so long, waiting is given up and the audit says what is missing. */
const GIVE_UP_MS = 20_000;

/** Places all orders, disturbs the system in the middle, waits until it is quiet, stops it, and audits what it left. */
export async function runOrderSystem(options: RunOptions): Promise<AuditReport> {
  const { folder, onEvent } = options;
  const transport = await openOrderTransport(options.transport, folder);
  try {
    const monolith = await Monolith.start({
      folder,
      transport,
      onError: (consumer, error) => onEvent({ type: 'consumer-failed', consumer, error }),
    });
    const run = new Run(options, { monolith, transport });
    await run.toTheEnd();
    return await run.audit(await transport.close());
  } catch (error) {
    // What went wrong first is what is told.
    await Promise.allSettled([transport.close()]);
    throw error;
  }
}

interface RunParts {
  readonly monolith: Monolith;
  readonly transport: OrderTransport;
}

class Run {
  readonly #options: RunOptions;
  readonly #monolith: Monolith;
  readonly #transport: OrderTransport;
  readonly #faults: FaultScript;
  readonly #relay: RelayProcess;
  /** Also aborted when the relay is beyond help. */
  readonly #abort = new AbortController();
  readonly #signal: AbortSignal;
  readonly #orderCount: number;
  #offered = 0;

  constructor(options: RunOptions, { monolith, transport }: RunParts) {
    this.#options = options;
    this.#orderCount = options.source.orderCount;
    this.#monolith = monolith;
    this.#transport = transport;
    this.#signal = AbortSignal.any([options.signal, this.#abort.signal]);
    this.#faults = new FaultScript({
      system: {
        setAvailable: (available) => transport.faults.setAvailable(available),
        loseAnswers: () => transport.faults.loseAnswers(this.#relay),
        killRelay: () => this.#killRelay(),
        unsentCount: () => monolith.unsentCount(),
      },
      orderCount: this.#orderCount,
      onEvent: options.onEvent,
      signal: this.#signal,
    });
    this.#relay = new RelayProcess({
      file: options.folder.file('order'),
      route: transport.relayRoute,
      parentPublisher: transport.parentPublisher,
      onEvent: options.onEvent,
      onFailure: (error) => this.#abort.abort(error),
    });
  }

  /** Everything is stopped when it resolves, but for the transport. */
  async toTheEnd(): Promise<void> {
    this.#relay.start();
    const telling = setInterval(() => this.#tell(), LOOK_EVERY_MS);
    try {
      const placed = await this.#placeOrders();
      await this.#faults.settle();
      if (!this.#signal.aborted) this.#closeBooks(placed);
      await this.#untilQuiet();
    } finally {
      clearInterval(telling);
      this.#transport.faults.restoreAnswers();
      await this.#relay.stop();
      await this.#monolith.stop();
      this.#options.source.close();
    }
    this.#tell();
    this.#signal.throwIfAborted();
  }

  /** To be called when the transport is closed. @param queued What was left in it. */
  audit(queued: number): Promise<AuditReport> {
    const seen = witnessed({
      transport: this.#options.transport,
      faultsHappened: this.#faults.isDone,
      duplicates: this.#monolith.duplicateCount,
      relays: this.#relay.startedCount,
      openRelays: this.#relay.openCount,
      queued,
    });
    return auditFolder(this.#options.folder, seen);
  }

  #placeOrders(): Promise<PlacedOrders> {
    const { source, onRejected } = this.#options;
    return placeOrders({
      orders: source.orders(),
      orderCount: this.#orderCount,
      place: (orders) => this.#monolith.orders.place(orders),
      onStep: (offered) => {
        this.#offered = offered;
        this.#faults.placed(offered);
      },
      maxStep: () => this.#faults.ordersUntilNextFault,
      onRejected,
      signal: this.#signal,
    });
  }

  #closeBooks({ accepted, refused, refusedLines }: PlacedOrders): void {
    const { source, transport } = this.#options;
    this.#offered = accepted + refused;
    this.#monolith.orders.recordIntake({
      lines: source.lineCount,
      rejectedLines: source.rejectedLineCount + refusedLines,
      orders: accepted + refused,
      refusedOrders: refused,
      transport,
    });
  }

  /** Waits until everything that was committed has been relayed, applied and settled. */
  async #untilQuiet(): Promise<void> {
    let before = '';
    let quietSince = performance.now();
    while (!this.#signal.aborted) {
      const { appliedCount, duplicateCount, awaitedCount } = this.#monolith;
      const waiting = awaitedCount + (await this.#monolith.unsentCount()) + (await this.#monolith.queuedCount());
      const now = [waiting, appliedCount, duplicateCount].join();
      if (now !== before) quietSince = performance.now();
      const quietMs = performance.now() - quietSince;
      if (quietMs >= (waiting === 0 ? this.#transport.quietMs : GIVE_UP_MS)) return;
      before = now;
      await pause(LOOK_EVERY_MS);
    }
  }

  async #killRelay(): Promise<void> {
    await this.#relay.kill();
    // The next relay's process has begun to start, and reaches for the broker later.
    this.#transport.faults.restoreAnswers();
  }

  #tell(): void {
    this.#options.onStatus({
      offered: this.#offered,
      orderCount: this.#orderCount,
      applied: this.#monolith.consumers.map(({ name, appliedCount }) => ({ consumer: name, count: appliedCount })),
      duplicates: this.#monolith.duplicateCount,
    });
  }
}
