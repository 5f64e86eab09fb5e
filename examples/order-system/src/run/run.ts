import { setTimeout as pause } from 'node:timers/promises';
import { HttpCustomers } from '../customers/http-customers.ts';
import { CatalogueFaultScript } from '../faults/catalogue-fault-script.ts';
import { ChargeFaultScript } from '../faults/charge-fault-script.ts';
import { FaultScript } from '../faults/fault-script.ts';
import type { Order } from '../order/order.ts';
import { isForSale } from '../orders-input/generated-orders.ts';
import { RelayProcess } from '../relay-process/relay-process.ts';
import type { OrderTransport } from '../transport/order-transport.ts';
import type { ChargePrograms } from './charge-programs.ts';
import { SENDERS } from './data-folder.ts';
import type { Monolith } from './monolith.ts';
import { Operator } from './operator.ts';
import { type PlacedOrders, placeOrders } from './place-orders.ts';
import type { RunOptions } from './run-options.ts';
import type { WitnessedFacts } from './witnessed.ts';

const LOOK_EVERY_MS = 50;
const TELL_EVERY_MS = 100;
/** When nothing has moved for so long, waiting is given up and the audit says what is missing. */
const GIVE_UP_MS = 20_000;
/** Every tenth order is placed over HTTP, from the second one on. */
export const HTTP_EVERY = 10;

export interface RunParts {
  readonly monolith: Monolith;
  readonly transport: OrderTransport;
  readonly programs: ChargePrograms;
  /** Aborted when a process is beyond help. */
  readonly abort: AbortController;
}

/** One run of a system that has been started: all orders, all faults, and the end of it. */
export class Run {
  readonly #options: RunOptions;
  readonly #parts: RunParts;
  readonly #faults: FaultScript;
  readonly #chargeFaults: ChargeFaultScript;
  readonly #catalogueFaults: CatalogueFaultScript;
  readonly #operator: Operator;
  readonly #customers: HttpCustomers;
  readonly #relay: RelayProcess;
  readonly #signal: AbortSignal;
  readonly #orderCount: number;
  #offered = 0;
  #accepted = 0;

  constructor(options: RunOptions, parts: RunParts) {
    const { monolith, transport, programs, abort } = parts;
    this.#options = options;
    this.#parts = parts;
    this.#orderCount = options.source.orderCount;
    this.#signal = AbortSignal.any([options.signal, abort.signal]);
    const script = { orderCount: this.#orderCount, onEvent: options.onEvent, signal: this.#signal };
    this.#faults = new FaultScript({
      system: {
        setAvailable: (available) => transport.faults.setAvailable(available),
        loseAnswers: () => transport.faults.loseAnswers(this.#relay),
        killRelay: () => this.#killRelay(),
        unsentCount: () => monolith.unsentCount(),
      },
      ...script,
    });
    this.#chargeFaults = new ChargeFaultScript({
      system: {
        withholdAnswers: () => programs.provider.withholdAnswers(),
        killProvider: () => programs.provider.kill(),
        killPayment: () => programs.payment.kill(),
        payingCount: () => programs.payment.runningCount,
        unpaidCount: () => monolith.unpaidCount,
      },
      ...script,
    });
    this.#catalogueFaults = new CatalogueFaultScript({
      setAvailable: (available) => monolith.lookup.setAvailable(available),
      ...script,
    });
    this.#operator = new Operator({
      operations: monolith.sagas.operations,
      removeCause: () => programs.provider.acceptRefunds(),
      onEvent: options.onEvent,
    });
    this.#customers = new HttpCustomers(monolith.url);
    this.#relay = new RelayProcess({
      files: SENDERS.map((service) => options.folder.file(service)),
      route: transport.relayRoute,
      parentPublisher: transport.parentPublisher,
      onEvent: options.onEvent,
      onFailure: (error) => abort.abort(error),
    });
  }

  /** Everything is stopped when it settles, but for the transport and the processes of the charges. */
  async toTheEnd(): Promise<void> {
    const { monolith, transport } = this.#parts;
    this.#relay.start();
    const telling = setInterval(() => this.#tell(), TELL_EVERY_MS);
    try {
      const placed = await this.#placeOrders();
      await this.#customers.settled();
      await this.#faults.settle();
      await this.#settleChargeFaults();
      if (!this.#signal.aborted) await this.#closeBooks(placed);
      await this.#untilOver();
      this.#tell();
    } catch (error) {
      // Faults that are still to come have nothing to disturb any more.
      this.#parts.abort.abort(error);
      throw error;
    } finally {
      this.#catalogueFaults.end();
      clearInterval(telling);
      transport.faults.restoreAnswers();
      await this.#relay.stop();
      await monolith.stop();
      this.#options.source.close();
    }
    this.#signal.throwIfAborted();
  }

  /** What only the run itself has seen, but for what the transport tells at its end. */
  get facts(): Omit<WitnessedFacts, 'transport' | 'queued'> {
    const { monolith, programs } = this.#parts;
    return {
      accepted: this.#accepted,
      faultsHappened: this.#faults.isDone,
      chargeFaultsHappened: this.#chargeFaults.isDone,
      duplicates: monolith.duplicateCount,
      requests: this.#customers.facts,
      relays: this.#relay.startedCount,
      providers: programs.provider.startedCount,
      payments: programs.payment.startedCount,
      openProcesses: () => this.#relay.openCount + programs.openCount,
    };
  }

  #placeOrders(): Promise<PlacedOrders> {
    const { source, onRejected } = this.#options;
    return placeOrders({
      orders: source.orders(),
      orderCount: this.#orderCount,
      place: (orders) => this.#place(orders),
      onStep: (offered) => {
        this.#offered = offered;
        this.#faults.placed(offered);
        this.#chargeFaults.placed(offered);
        this.#catalogueFaults.placed(offered);
      },
      maxStep: () => this.#faults.ordersUntilNextFault,
      onRejected,
      signal: this.#signal,
    });
  }

  /** Most orders as they come from a file, and some of them one by one over HTTP. */
  async #place(orders: readonly Order[]): Promise<void> {
    await this.#parts.monolith.products.put(orders.flatMap(({ items }) => items).filter(isForSale));
    const before = this.#accepted;
    this.#accepted += orders.length;
    const isOverHttp = (_: Order, index: number) => (before + index) % HTTP_EVERY === 1;
    const fromFile = orders.filter((order, index) => !isOverHttp(order, index));
    await Promise.all([
      this.#parts.monolith.orders.place(fromFile),
      ...orders.filter(isOverHttp).map((order) => this.#customers.place(order)),
    ]);
  }

  #closeBooks({ accepted, refused, refusedLines }: PlacedOrders): Promise<void> {
    const { source, transport } = this.#options;
    this.#offered = accepted + refused;
    return this.#parts.monolith.orders.recordIntake({
      lines: source.lineCount,
      rejectedLines: source.rejectedLineCount + refusedLines,
      orders: accepted + refused,
      refusedOrders: refused,
      transport,
    });
  }

  /** Waits until all orders have come to their end, with a person's help where it takes one. */
  async #untilOver(): Promise<void> {
    await this.#untilQuiet();
    while (!this.#signal.aborted && (await this.#operator.attend()) > 0) await this.#untilQuiet();
  }

  /** Waits until everything that was committed has been relayed, applied and settled, and no order goes on by itself. */
  async #untilQuiet(): Promise<void> {
    const { monolith, transport } = this.#parts;
    let before = '';
    let quietSince = performance.now();
    while (!this.#signal.aborted) {
      // What the broker says is asked for in any case: that it has gone for good is noticed by it.
      const queued = await monolith.queuedCount();
      const underWay = monolith.sagaCounts.running + monolith.heldCount + monolith.unsettledCount + queued;
      // These cost more, and are not needed before all of that is nothing.
      const unsent = underWay === 0 ? await monolith.unsentCount() : 0;
      const waiting = underWay + unsent === 0 ? monolith.awaitedCount : underWay + unsent;
      const now = [waiting, monolith.handledCount].join();
      if (now !== before) quietSince = performance.now();
      const quietMs = performance.now() - quietSince;
      if (quietMs >= (waiting === 0 ? transport.quietMs : GIVE_UP_MS)) return;
      before = now;
      await pause(LOOK_EVERY_MS);
    }
  }

  /** A broker that has gone for good brings no charges to disturb: it is noticed meanwhile. */
  async #settleChargeFaults(): Promise<void> {
    let isSettled = false;
    const settled = this.#chargeFaults.settle().finally(() => {
      isSettled = true;
    });
    // It is waited for below.
    settled.catch(() => {});
    while (!isSettled) {
      await this.#parts.monolith.queuedCount();
      await pause(LOOK_EVERY_MS);
    }
    await settled;
  }

  async #killRelay(): Promise<void> {
    await this.#relay.kill();
    // The next relay's process has begun to start, and reaches for the broker later.
    this.#parts.transport.faults.restoreAnswers();
  }

  #tell(): void {
    const { monolith } = this.#parts;
    this.#options.onStatus({
      offered: this.#offered,
      orderCount: this.#orderCount,
      applied: monolith.applied,
      duplicates: monolith.duplicateCount,
      sagas: monolith.sagaCounts,
    });
  }
}
