import type { ReceivedEntry, SentEntry } from './aws-like-server.ts';

const FOREVER = Number.POSITIVE_INFINITY;

interface Stored {
  readonly id: string;
  readonly group: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** On `performance.now()`. */
  leasedUntil: number;
  handle: string;
  count: number;
}

/**
 * A FIFO queue as AWS describes it, for what the emulator does otherwise: a group is locked while one of its messages is
 * leased, several of a group come in one answer, an answer is given again to the same attempt, old handles are void.
 */
export class FifoQueueModel {
  /** Names of messages in the order in which they came, and in which they were deleted. */
  readonly arrived: string[] = [];
  readonly removed: string[] = [];
  readonly #seen = new Set<string>();
  readonly #attempts = new Map<string, readonly { readonly message: Stored; readonly handle: string }[]>();
  #stored: Stored[] = [];
  #handles = 0;

  send({ MessageDeduplicationId = '', MessageGroupId = '', MessageAttributes = {} }: SentEntry): void {
    if (this.#seen.has(MessageDeduplicationId)) return;
    this.#seen.add(MessageDeduplicationId);
    const attributes = Object.fromEntries(
      Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue]),
    );
    const id = attributes['ce-id'] ?? '';
    this.arrived.push(id);
    this.#stored.push({ id, group: MessageGroupId, attributes, leasedUntil: 0, handle: '', count: 0 });
  }

  receive(max: number, leaseMs: number, attempt: string): readonly ReceivedEntry[] {
    const again = this.#attempts.get(attempt) ?? [];
    const isSame = again.length > 0 && again.every(({ message, handle }) => this.#leased(handle) === message);
    const messages = isSame ? again.map(({ message }) => message) : this.#next(max);
    for (const message of messages) {
      if (!isSame) {
        message.handle = `handle-${this.#handles++}`;
        message.count += 1;
      }
      message.leasedUntil = performance.now() + leaseMs;
    }
    this.#attempts.set(
      attempt,
      messages.map((message) => ({ message, handle: message.handle })),
    );
    return messages.map(({ handle, group, count, attributes }) => ({
      id: handle.replace('handle-', ''),
      group,
      count,
      attributes,
    }));
  }

  /** Whether the handle was good. */
  remove(handle: string): boolean {
    const message = this.#leased(handle);
    if (message === undefined) return false;
    message.leasedUntil = FOREVER;
    message.handle = '';
    this.#stored = this.#stored.filter((one) => one !== message);
    this.removed.push(message.id);
    return true;
  }

  changeVisibility(handle: string, ms: number): boolean {
    const message = this.#leased(handle);
    if (message === undefined) return false;
    message.leasedUntil = ms === 0 ? 0 : performance.now() + ms;
    return true;
  }

  #next(max: number): readonly Stored[] {
    const now = performance.now();
    const locked = new Set(this.#stored.filter(({ leasedUntil }) => leasedUntil > now).map(({ group }) => group));
    return this.#stored.filter(({ group }) => !locked.has(group)).slice(0, max);
  }

  #leased(handle: string): Stored | undefined {
    return this.#stored.find((one) => one.handle === handle && one.leasedUntil > performance.now());
  }
}
