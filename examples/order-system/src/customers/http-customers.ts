import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Order } from '../order/order.ts';
import type { RequestFacts } from './request-facts.ts';
import { RequestRefusedError } from './request-refused-error.ts';

type Counts = { -readonly [Name in keyof RequestFacts]: number };

/** One order that a customer wants, with all that it takes to have it. */
interface Wish {
  readonly key: string;
  readonly body: string;
  /** What the first answer said. */
  answer: string | null;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** How customers behave, one after the other. */
const HABITS = ['presses-twice', 'patient', 'gives-up', 'asks-again'] as const;

/** A customer who gives up does so when the request has been on its way for this long. */
const PATIENCE_MS = 2;
const DEADLINE_MS = 5_000;
const MAX_TRIES = 20;

/** Customers who order over HTTP, as people do: they press twice, give up waiting and try again, and one uses a key again. */
export class HttpCustomers {
  readonly #url: string;
  readonly #counts: Counts = {
    orders: 0,
    repeated: 0,
    replayed: 0,
    inProgress: 0,
    givenUp: 0,
    reused: 0,
    reuseRefused: 0,
    wrongAnswers: 0,
  };
  readonly #later = new Set<Promise<void>>();
  #next = 0;

  /** @param url Of the order service. */
  constructor(url: string) {
    this.#url = `${url}/orders`;
  }

  get facts(): RequestFacts {
    return this.#counts;
  }

  /** Resolves when the order is there. The customer may go on asking for it. */
  async place({ orderId: reference, customerId, items }: Order): Promise<void> {
    const wish: Wish = { key: randomUUID(), body: JSON.stringify({ reference, customerId, items }), answer: null };
    const number = this.#next;
    this.#next += 1;
    const habit = HABITS[number % HABITS.length];
    if (habit === 'gives-up') await this.#giveUp(wish);
    const first = this.#untilPlaced(wish);
    if (habit === 'presses-twice') this.#goOn(this.#again(wish));
    await first;
    this.#counts.orders += 1;
    if (habit === 'asks-again') this.#goOn(this.#again(wish));
    if (number === 0) this.#goOn(this.#reuse(wish));
  }

  /** Resolves when no customer waits for anything any more. */
  async settled(): Promise<void> {
    while (this.#later.size > 0) await Promise.all(this.#later);
  }

  #goOn(asking: Promise<void>): void {
    const going = asking.finally(() => this.#later.delete(going));
    // `settled` tells of it.
    going.catch(() => {});
    this.#later.add(going);
  }

  async #again(wish: Wish): Promise<void> {
    this.#counts.repeated += 1;
    await this.#untilPlaced(wish);
  }

  /** The request may have arrived, or not: the customer does not know. */
  async #giveUp(wish: Wish): Promise<void> {
    this.#counts.givenUp += 1;
    this.#counts.repeated += 1;
    await this.#post(wish, AbortSignal.timeout(PATIENCE_MS)).then(
      (response) => response.text(),
      () => null,
    );
  }

  /** Another order under a key that is taken. */
  async #reuse({ key, body }: Wish): Promise<void> {
    this.#counts.reused += 1;
    const other = JSON.stringify({ ...JSON.parse(body), customerId: 'somebody-else' });
    const { status } = await this.#untilAnswered({ key, body: other });
    if (status === 422) this.#counts.reuseRefused += 1;
  }

  async #untilPlaced(wish: Wish): Promise<void> {
    const answer = await this.#untilAnswered(wish);
    if (answer.status !== 201) throw new RequestRefusedError(answer.status, answer.text);
    this.#compare(wish, answer);
  }

  /** Asks, and asks again with the same key while there is no answer or it is one for the moment. */
  async #untilAnswered(request: Pick<Wish, 'key' | 'body'>): Promise<Answer> {
    for (let tries = 1; ; tries += 1) {
      const answer = await this.#answer(request);
      if (answer?.status === 409) this.#counts.inProgress += 1;
      if (answer !== null && answer.status !== 409 && answer.status !== 503) return answer;
      if (tries === MAX_TRIES) throw new RequestRefusedError(answer?.status ?? null, answer?.text ?? '');
      await pause(Number(answer?.headers.get('retry-after') ?? 1) * 1_000);
      if (answer === null) this.#counts.repeated += 1;
    }
  }

  /** `null`: none in time, or the connection broke. Nobody knows whether the order is placed. */
  async #answer(request: Pick<Wish, 'key' | 'body'>): Promise<Answer | null> {
    try {
      const response = await this.#post(request, AbortSignal.timeout(DEADLINE_MS));
      return { status: response.status, headers: response.headers, text: await response.text() };
    } catch {
      this.#counts.givenUp += 1;
      return null;
    }
  }

  #compare(wish: Wish, { text, headers }: Answer): void {
    if (headers.has('idempotency-replayed')) this.#counts.replayed += 1;
    if (wish.answer !== null && wish.answer !== text) this.#counts.wrongAnswers += 1;
    wish.answer ??= text;
  }

  #post({ key, body }: Pick<Wish, 'key' | 'body'>, signal: AbortSignal): Promise<Response> {
    const headers = { 'content-type': 'application/json', 'idempotency-key': `"${key}"` };
    return fetch(this.#url, { method: 'POST', headers, body, signal });
  }
}
