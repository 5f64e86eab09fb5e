import type { Publisher, QueueReader, Receipt } from '@holdfast/core';
import type { RelayEvent } from '@holdfast/outbox';
import type { FaultKind, World } from '@holdfast/testkit';
import { ENDINGS, endingsOf } from '../src/audit/endings.ts';
import type { SqliteHandle } from '../src/sqlite/open-database.ts';

const BY_FAULT: readonly (readonly [situation: string, kind: FaultKind, site: RegExp])[] = [
  ['a process died with orders committed and not published', 'crash-after', /^order-\d\/order-db\.commit#/],
  [
    'a process died in the middle of a transaction',
    'crash-before',
    /^(order-\d|payment-\d|inventory|delivery|analytics)\/.*\.(insert|update)\./,
  ],
  ['the order service died in the middle of a transition', 'crash-after', /^order-\d\/order-db\.\w+\.holdfast_saga/],
  ['a relay died with messages published and not recorded', 'crash-after', /^(relay-\d|answers)\/bus\.publish#/],
  [
    'a consumer died with a message applied and not acked',
    'crash-before',
    /^(order-\d|payment-\d|inventory|delivery|analytics)\/bus\.ack#/,
  ],
  ['payment died with a charge made and not recorded', 'crash-after', /^payment-\d\/provider\.charge#/],
  ['payment died with a refund made and not recorded', 'crash-after', /^payment-\d\/provider\.refund#/],
  ['an answer to a charge was lost', 'error-after', /^payment-\d\/provider\.charge#/],
  ['an answer to a refund was lost', 'error-after', /^payment-\d\/provider\.refund#/],
  ['a customer did not learn of an order', 'error-after', /^customer(-\d)?\/order-\d\.post#/],
];

const OBSERVED = [
  'a relay took a lane over',
  'a relay lost its lane',
  'a confirm was lost',
  'a charge in doubt was looked up',
  'a refund in doubt was looked up',
  'a duplicate was dropped',
  'an answer came to the order service again',
  'a customer got the first answer again',
] as const;

/** What the histories of the sagas tell. */
const BY_HISTORY: readonly (readonly [situation: string, rows: string])[] = [
  ['an order was not answered in time', "cause = 'timer' and name like '%:timeout'"],
  ['a step was undone that succeeded too late', "label = 'late success'"],
  ['something was asked to be undone again', "label = 'send again'"],
  ['a person was needed', "to_state like '%:compensation_failed'"],
  ['a person resumed an order', "cause = 'operator' and name = 'resume'"],
  ['an order waited for the product service', "cause = 'operator' and name = 'release'"],
];

/** Orders in none of the ways that the README tells of, and those that nobody has looked at yet. */
const UNUSUAL: readonly string[] = ['cancelled otherwise', 'waits for a person'];

export type Situation = (typeof OBSERVED)[number];

/** What a campaign must have been through, or it has tested less than it says. */
export const SITUATIONS: readonly string[] = [
  ...OBSERVED,
  ...BY_FAULT.map(([situation]) => situation),
  ...BY_HISTORY.map(([situation]) => situation),
  ...ENDINGS.filter((ending) => !UNUSUAL.includes(ending)).map(ended),
];

/** A few hundred seeds may pass without them. */
export const RARE_SITUATIONS: readonly string[] = [
  'a process died with orders committed and not published',
  'a relay died with messages published and not recorded',
  'payment died with a charge made and not recorded',
  'payment died with a refund made and not recorded',
  'an answer to a charge was lost',
  'an answer to a refund was lost',
];

/** Tells the campaign of what happened in a run. */
export class Situations {
  readonly #world: World;
  readonly #holders = new Map<string, string>();
  readonly #handed = new Set<string>();

  constructor(world: World) {
    this.#world = world;
  }

  see(situation: Situation): void {
    this.#world.see(situation);
  }

  relayed({ process, service }: { readonly process: string; readonly service: string }, event: RelayEvent): void {
    if (event.type === 'lane-lost') this.see('a relay lost its lane');
    if (event.type !== 'lane-claimed') return;
    const lane = `${service} ${event.lane}`;
    const before = this.#holders.get(lane);
    if (before !== undefined && before !== process) this.see('a relay took a lane over');
    this.#holders.set(lane, process);
  }

  /** The same publisher, watched. */
  watched(publisher: Publisher): Publisher {
    return {
      publish: async (batch, options) => {
        const receipts: readonly Receipt[] = await publisher.publish(batch, options);
        if (receipts.some(({ outcome }) => outcome === 'unknown')) this.see('a confirm was lost');
        return receipts;
      },
    };
  }

  /** The order service's queue, watched. */
  watchedQueue(queue: QueueReader): QueueReader {
    return {
      pull: async (max, options) => {
        const deliveries = await queue.pull(max, options);
        for (const { envelope } of deliveries) {
          if (this.#handed.has(envelope.id)) this.see('an answer came to the order service again');
          this.#handed.add(envelope.id);
        }
        return deliveries;
      },
    };
  }

  /** To be called when the run is over, with its databases. */
  note(db: SqliteHandle): void {
    const { happened } = this.#world.simulation;
    for (const [situation, kind, site] of BY_FAULT) {
      if (happened.some((fault) => fault.kind === kind && site.test(fault.at))) this.#world.see(situation);
    }
    for (const [situation, rows] of BY_HISTORY) {
      const sql = `select 1 from holdfast_saga_history where ${rows} limit 1`;
      if (db.prepare(sql).get() !== undefined) this.#world.see(situation);
    }
    for (const { ending, orders } of endingsOf(db)) if (orders > 0) this.#world.see(ended(ending));
  }
}

function ended(ending: string): string {
  return `an order has ended: ${ending}`;
}
