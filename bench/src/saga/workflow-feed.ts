import type { Envelope } from '@holdfast/core';
import type { Way } from '../inbox/way.ts';
import { orderWorkflow, orderWorkflows } from './order-flow.ts';

interface Running {
  readonly events: readonly Envelope[];
  next: number;
}

/** Events of workflows in the order in which they would come, for a way of handling them: an answer follows as soon as it was asked for. */
export class WorkflowFeed {
  readonly #way: Way;
  #fresh: (readonly Envelope[])[] = [];
  /** Workflows that wait for their next event, by batches that move together. */
  readonly #waiting: Running[][] = [];

  constructor(way: Way) {
    this.#way = way;
  }

  /** Makes workflows ahead of a turn. */
  prepare(count: number): void {
    const missing = count - this.#fresh.length;
    if (missing > 0) this.#fresh = this.#fresh.concat(orderWorkflows(missing));
  }

  /** The next event of as many workflows as fit in a batch; returns how many transitions that were. */
  async step(): Promise<number> {
    const batch = this.#waiting.shift() ?? this.#begin();
    await this.#way.handle(batch.map(nextEvent));
    for (const one of batch) one.next += 1;
    if (batch.some(({ events, next }) => next < events.length)) this.#waiting.push(batch);
    return batch.length;
  }

  /** As many workflows as fit in a batch, from their start to their end; returns how many. */
  async run(): Promise<number> {
    const batch = this.#begin();
    const [first] = batch;
    while (first !== undefined && first.next < first.events.length) {
      await this.#way.handle(batch.map(nextEvent));
      for (const one of batch) one.next += 1;
    }
    return batch.length;
  }

  #begin(): Running[] {
    return Array.from({ length: this.#way.batch }, () => ({ events: this.#fresh.pop() ?? orderWorkflow(), next: 0 }));
  }
}

function nextEvent({ events, next }: Running): Envelope {
  const event = events[next];
  if (event === undefined) throw new TypeError('this workflow is over');
  return event;
}
