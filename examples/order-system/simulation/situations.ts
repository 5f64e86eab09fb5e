import type { Publisher, Receipt } from '@holdfast/core';
import type { RelayEvent } from '@holdfast/outbox';
import type { FaultKind, World } from '@holdfast/testkit';

const BY_FAULT: readonly (readonly [situation: string, kind: FaultKind, site: RegExp])[] = [
  ['a process died with orders committed and not published', 'crash-after', /^api-\d\/order-db\.commit#/],
  [
    'a process died in the middle of a transaction',
    'crash-before',
    /^(api-\d|payment-\d|inventory|analytics)\/.*\.(insert|update)\./,
  ],
  ['a relay died with messages published and not recorded', 'crash-after', /^relay-\d\/bus\.publish#/],
  [
    'a consumer died with a message applied and not acked',
    'crash-before',
    /^(payment-\d|inventory|analytics)\/bus\.ack#/,
  ],
  ['payment died with a charge made and not recorded', 'crash-after', /^payment-\d\/provider\.charge#/],
  ['an answer to a charge was lost', 'error-after', /^payment-\d\/provider\.charge#/],
  ['a customer did not learn of an order', 'error-after', /^customer-\d\/api-\d\.post#/],
];

const OBSERVED = [
  'a relay took a lane over',
  'a relay lost its lane',
  'a confirm was lost',
  'a charge in doubt was looked up',
  'a duplicate was dropped',
  'a customer got the first answer again',
] as const;

export type Situation = (typeof OBSERVED)[number];

/** What a campaign must have been through, or it has tested less than it says. */
export const SITUATIONS: readonly string[] = [...OBSERVED, ...BY_FAULT.map(([situation]) => situation)];

/** Tells the campaign of what happened in a run. */
export class Situations {
  readonly #world: World;
  readonly #holders = new Map<number, string>();

  constructor(world: World) {
    this.#world = world;
  }

  see(situation: Situation): void {
    this.#world.see(situation);
  }

  relayed(relay: string, event: RelayEvent): void {
    if (event.type === 'lane-lost') this.see('a relay lost its lane');
    if (event.type !== 'lane-claimed') return;
    const before = this.#holders.get(event.lane);
    if (before !== undefined && before !== relay) this.see('a relay took a lane over');
    this.#holders.set(event.lane, relay);
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

  /** To be called when the run is over. */
  noteFaults(): void {
    const { happened } = this.#world.simulation;
    for (const [situation, kind, site] of BY_FAULT) {
      if (happened.some((fault) => fault.kind === kind && site.test(fault.at))) this.#world.see(situation);
    }
  }
}
