import type { DeliveryEnd, SqsDelivery } from './sqs-delivery.ts';

export interface GroupChainsOptions {
  /** Told of a delivery whose predecessors are all done. */
  readonly release: (delivery: SqsDelivery) => void;
  /** Told of deliveries of which one before them came back: in order. */
  readonly handBack: (deliveries: readonly SqsDelivery[]) => void;
}

/**
 * A FIFO queue gives several messages of one group in one answer, and would let a failed first one be overtaken by the
 * others that are held with it. So only the first goes out; each next one follows when the one before is done, and goes
 * back when that goes back. Other answers hold none of the group: the service locks it.
 */
export class GroupChains {
  readonly #release: (delivery: SqsDelivery) => void;
  readonly #handBack: (deliveries: readonly SqsDelivery[]) => void;

  constructor({ release, handBack }: GroupChainsOptions) {
    this.#release = release;
    this.#handBack = handBack;
  }

  /** The deliveries of one answer that can go out now, in order. */
  firstOfEach(answer: readonly SqsDelivery[]): readonly SqsDelivery[] {
    const chains = new Map<string, SqsDelivery[]>();
    const first: SqsDelivery[] = [];
    for (const delivery of answer) {
      const chain = delivery.group === null ? undefined : chains.get(delivery.group);
      if (chain !== undefined) {
        chain.push(delivery);
        continue;
      }
      first.push(delivery);
      if (delivery.group !== null) chains.set(delivery.group, [delivery]);
    }
    for (const [head, ...rest] of chains.values()) {
      if (head !== undefined && rest.length > 0) this.#follow(head, rest);
    }
    return first;
  }

  #follow(head: SqsDelivery, rest: readonly SqsDelivery[]): void {
    const onEnd = head.onEnd;
    head.onEnd = (end: DeliveryEnd) => {
      onEnd?.(end);
      const [next, ...others] = rest;
      if (end === 'back') this.#handBack(rest);
      else if (next !== undefined) {
        if (others.length > 0) this.#follow(next, others);
        this.#release(next);
      }
    };
  }
}
