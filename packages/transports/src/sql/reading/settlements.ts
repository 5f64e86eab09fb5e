import { type Clock, encodeAttributes, isHoldfastError, LeaseLostError } from '@holdfast/core';
import { markDeadLetter } from '../../dead-letter/dead-letter.ts';
import { TransportUnavailableError } from '../../errors/transport-unavailable-error.ts';
import type { ClaimStore } from '../store/claim-store.ts';
import type { QueueRecord } from '../store/queue-record.ts';
import { storedAttributes } from '../store/stored-attributes.ts';
import { HeldClaim } from './held-claim.ts';
import type { SqlDelivery } from './sql-delivery.ts';

export type SettlementRequest =
  | { readonly kind: 'ack' }
  | { readonly kind: 'retry'; readonly ms: number }
  | { readonly kind: 'extend'; readonly ms: number }
  | { readonly kind: 'deadLetter'; readonly reason: string };

export interface SettlementsOptions {
  readonly queue: QueueRecord;
  readonly claims: ClaimStore;
  readonly clock: Clock;
  /** Throws when nothing may be settled any more. */
  readonly assertOpen: (activity: string) => void;
  /** A message of this queue can be pulled again, or its successor can. */
  readonly onReturned: (queueId: number) => void;
}

interface Asked<Request extends SettlementRequest = SettlementRequest> {
  readonly delivery: SqlDelivery;
  readonly request: Request;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

type Move = Extract<SettlementRequest, { ms: number }>;
type DeadLetter = Extract<SettlementRequest, { kind: 'deadLetter' }>;

/**
 * Settles what was pulled from one queue: what is asked for in one turn, or while a statement is on its way, goes together.
 * So acks of a batch are one statement.
 */
export class Settlements {
  readonly #options: SettlementsOptions;
  #asked: Asked[] = [];
  #working: Promise<void> | null = null;

  constructor(options: SettlementsOptions) {
    this.#options = options;
  }

  nameOf({ envelope }: SqlDelivery): string {
    return `${this.#options.queue.name}: ${envelope.id}`;
  }

  /** Calls `answered` of the delivery before the promise is settled. */
  ask(delivery: SqlDelivery, request: SettlementRequest): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ delivery, request, resolve, reject });
      this.#working ??= this.#work();
    });
  }

  /** Resolves when everything that was asked for is answered. */
  async flush(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    // What is asked for in the same turn goes together.
    await Promise.resolve();
    while (this.#asked.length > 0) {
      const asked = this.#asked;
      this.#asked = [];
      const acks = asked.filter(({ request }) => request.kind === 'ack');
      await this.#ackAll(acks);
      if (acks.length === asked.length) continue;
      for (const group of alike(asked.filter(isMove))) await this.#move(group);
      for (const one of asked.filter(isDeadLetter)) await this.#deadLetter(one);
    }
    this.#working = null;
  }

  async #ackAll(asked: readonly Asked[]): Promise<void> {
    if (asked.length === 0) return;
    const { queue, claims, onReturned } = this.#options;
    // In one order, so that the acks of two processes do not deadlock.
    const groups = byClaim(asked).sort(([one], [other]) => one.claim - other.claim);
    await this.#answer(asked, 'ack', async () => {
      const acked = await claims.ack(
        queue,
        groups.map(([held, group]) => ({
          claim: held.claim,
          positions: group.map(({ delivery }) => delivery.position),
          isWhole: group.length === held.size,
        })),
      );
      const done = new Map(acked.map(({ claim, positions }) => [claim, positions]));
      for (const [{ claim }, group] of groups) this.#concludeAll(group, done.get(claim) ?? []);
      if (queue.ordered) onReturned(queue.id);
    });
  }

  #concludeAll(group: readonly Asked[], positions: readonly number[]): void {
    const isAll = positions.length === group.length;
    const done = new Set(isAll ? [] : positions);
    for (const one of group) this.#conclude(one, isAll || done.has(one.delivery.position));
  }

  async #move(asked: readonly Asked<Move>[]): Promise<void> {
    const [first] = asked;
    if (first === undefined) return;
    const { queue, claims, clock, onReturned } = this.#options;
    const { kind, ms } = first.request;
    const before = clock.monotonic();
    await this.#answer(asked, kind, async () => {
      const moved = await claims.move(queue, {
        claim: first.delivery.held.claim,
        positions: asked.map(({ delivery }) => delivery.position),
        dueInMs: ms,
        leased: kind === 'extend',
        uncounted: false,
      });
      const positions = new Set(moved.positions);
      const extended = asked.filter(({ delivery }) => kind === 'extend' && positions.has(delivery.position));
      reassign(extended, { claim: moved.claim, leaseEndsAt: before + ms });
      for (const one of asked) {
        if (kind === 'retry') this.#conclude(one, positions.has(one.delivery.position));
        else this.#concludeExtension(one, positions.has(one.delivery.position));
      }
      onReturned(queue.id);
    });
  }

  async #deadLetter(asked: Asked<DeadLetter>): Promise<void> {
    const { queue, claims, clock, onReturned } = this.#options;
    const { delivery, request } = asked;
    await this.#answer([asked], 'deadLetter', async () => {
      const { envelope, deliveryCount, position, held } = delivery;
      const sent = { ...envelope, attributes: storedAttributes(delivery.attributes) ?? Object.create(null) };
      const from = sent.attributes['deadletterqueue'];
      const marked = markDeadLetter(sent, {
        reason: request.reason,
        // What is dead-lettered again still belongs to the queue that it came from first.
        queue: queue.deadLetterId === null && from !== undefined ? from : queue.name,
        time: clock.now(),
        deliveryCount,
      });
      const { id, source, type } = envelope;
      const attributes = encodeAttributes(marked.attributes);
      const moved = await claims.deadLetter(queue, { claim: held.claim, position, id, source, type, attributes });
      this.#conclude(asked, moved);
      if (moved) onReturned(queue.deadLetterId ?? queue.id);
      if (queue.ordered) onReturned(queue.id);
    });
  }

  #concludeExtension(asked: Asked, isDone: boolean): void {
    if (isDone) {
      asked.delivery.answered();
      asked.resolve();
    } else this.#conclude(asked, false);
  }

  #conclude({ delivery, resolve, reject }: Asked, isDone: boolean): void {
    delivery.answered();
    delivery.end();
    if (isDone) resolve();
    else reject(new LeaseLostError(this.nameOf(delivery)));
  }

  /** When the database fails nobody knows whether it was done: the delivery stays as it is, so its holder can ask again. */
  async #answer(asked: readonly Asked[], kind: string, act: () => Promise<void>): Promise<void> {
    const activity = `${kind} in "${this.#options.queue.name}"`;
    try {
      this.#options.assertOpen(activity);
      await act();
    } catch (cause) {
      const isClosed = isHoldfastError(cause, 'ERR_TRANSPORTS_CLOSED');
      const error = isClosed ? cause : new TransportUnavailableError(activity, { cause });
      for (const { delivery, reject } of asked) {
        delivery.answered();
        reject(error);
      }
    }
  }
}

function reassign(asked: readonly Asked[], to: { readonly claim: number; readonly leaseEndsAt: number }): void {
  const [first] = asked;
  if (first === undefined) return;
  const before = first.delivery.held;
  if (before.claim === to.claim) {
    before.leaseEndsAt = to.leaseEndsAt;
    return;
  }
  const held = new HeldClaim({ ...to, size: asked.length, register: before.register });
  for (const { delivery } of asked) {
    held.add(delivery);
    delivery.held = held;
    before.drop();
  }
}

function byClaim(asked: readonly Asked[]): [HeldClaim, Asked[]][] {
  const groups = new Map<HeldClaim, Asked[]>();
  for (const one of asked) {
    const group = groups.get(one.delivery.held);
    if (group === undefined) groups.set(one.delivery.held, [one]);
    else group.push(one);
  }
  return [...groups];
}

function isMove(asked: Asked): asked is Asked<Move> {
  return asked.request.kind === 'retry' || asked.request.kind === 'extend';
}

function isDeadLetter(asked: Asked): asked is Asked<DeadLetter> {
  return asked.request.kind === 'deadLetter';
}

/** Groups of the same claim, kind and time. */
function alike(asked: readonly Asked<Move>[]): (readonly Asked<Move>[])[] {
  const groups = new Map<string, Asked<Move>[]>();
  for (const one of asked) {
    const name = `${one.delivery.held.claim} ${one.request.kind} ${one.request.ms}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [one]);
    else group.push(one);
  }
  return [...groups.values()];
}
