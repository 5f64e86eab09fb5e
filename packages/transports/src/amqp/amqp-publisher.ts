import { type PublishOptions, quoted, type Receipt, summarizeError } from '@holdfast/core';
import { Alarm } from '../timing/alarm.ts';
import type { AmqpChannel, AmqpConfirm, AmqpReturn } from './amqp-client.ts';
import type { AmqpSettings } from './amqp-settings.ts';
import { ConfirmWindow, type WrittenMessage } from './confirm-window.ts';
import { KeyFailures } from './key-failures.ts';
import { isMalformed, tagOf } from './message-codec.ts';
import type { MessageSource } from './message-source.ts';
import { PublishCall } from './publish-call.ts';

const ACCEPTED: Receipt = Object.freeze({ outcome: 'accepted' });
/** How often an overdue confirm is looked at again within the time for a confirm. */
const OVERDUE_CHECKS = 4;
const BEHIND_A_FAILURE = 'An earlier message of the same key was not taken.';

/** What the publisher needs of its connection. */
export interface PublisherLink {
  readonly problem: string | null;
  readonly blocked: string | null;
  start(): void;
  drop(reason: string): void;
}

/**
 * Publishes with confirms over one channel at a time: a window of messages without an answer, and behind it the calls that
 * wait for room, in the order in which they came. Nothing waits while the connection is down or blocked.
 */
export class AmqpPublisher {
  readonly #settings: AmqpSettings;
  readonly #link: PublisherLink;
  readonly #failures = new KeyFailures();
  readonly #alarm: Alarm;
  readonly #waiting = new Set<PublishCall>();
  #channel: AmqpChannel | null = null;
  #window: ConfirmWindow;
  #isFull = false;
  #numbers = 0;
  #lost = '';
  #isClosed = false;

  constructor(settings: AmqpSettings, link: PublisherLink) {
    this.#settings = settings;
    this.#link = link;
    this.#window = this.#newWindow();
    this.#alarm = new Alarm(settings.clock, () => void this.#deadline());
  }

  /** Uses this confirm channel from now on. */
  attach(channel: AmqpChannel): void {
    this.#channel = channel;
    this.#window = this.#newWindow();
    this.#isFull = false;
    const isCurrent = () => this.#channel === channel;
    channel.on('ack', (confirm: AmqpConfirm) => isCurrent() && this.#answer(confirm, 'ack'));
    channel.on('nack', (confirm: AmqpConfirm) => isCurrent() && this.#answer(confirm, 'nack'));
    channel.on('return', ({ properties }: AmqpReturn) => {
      const tag = tagOf(properties.headers);
      if (tag !== null && isCurrent()) this.#window.markReturned(tag);
    });
    channel.on('drain', () => {
      if (!isCurrent()) return;
      this.#isFull = false;
      this.#pump();
    });
    this.#pump();
  }

  /** The connection is gone: what was written and has no answer is unknown, what was not written was not taken. */
  detach(reason: string): void {
    this.#channel = null;
    this.#lost = reason;
    this.#window.end();
    this.refuseWaiting(reason);
    this.#alarm.cancel();
  }

  /** Gives up what was not written yet. */
  refuseWaiting(reason: string): void {
    for (const call of [...this.#waiting]) this.#refuse(call, reason);
  }

  publish(source: MessageSource, { signal }: PublishOptions = {}): Promise<readonly Receipt[]> {
    if (source.size === 0) return Promise.resolve([]);
    this.#link.start();
    const { clock, confirmTimeoutMs } = this.#settings;
    const call = new PublishCall({
      source,
      firstNumber: this.#numbers,
      deadline: clock.monotonic() + confirmTimeoutMs,
      onSettled: (settled) => this.#settled(settled),
    });
    this.#numbers += source.size;
    this.#waiting.add(call);
    const problem = signal?.aborted ? 'Aborted before it was sent.' : this.#problem();
    if (problem !== null) this.#refuse(call, problem);
    else this.#pump();
    if (signal !== undefined && !call.isSettled) this.#abortWith(call, signal);
    this.#arm();
    return call.receipts;
  }

  close(): void {
    this.#isClosed = true;
    this.detach('The transport is closed.');
  }

  #problem(): string | null {
    return this.#isClosed ? 'The transport is closed.' : this.#link.problem;
  }

  #newWindow(): ConfirmWindow {
    const { windowSize: size, windowBytes: bytes } = this.#settings;
    return new ConfirmWindow({ size, bytes, decide: (message) => this.#decide(message) });
  }

  #pump(): void {
    const channel = this.#channel;
    if (channel === null || this.#isFull) return;
    const now = this.#settings.clock.monotonic();
    for (const call of this.#waiting) {
      if (!this.#writeCall(channel, call, now)) return;
      this.#waiting.delete(call);
    }
  }

  /** Writes as much of the call as there is room for. Returns whether that was all. */
  #writeCall(channel: AmqpChannel, call: PublishCall, now: number): boolean {
    const { source } = call;
    while (call.next < source.size) {
      // A write may find that the channel is gone.
      if (this.#isFull || this.#channel !== channel) return false;
      if (!this.#window.hasRoomFor(source.bytesOf(call.next))) return false;
      this.#write(channel, call, now);
    }
    return true;
  }

  #write(channel: AmqpChannel, call: PublishCall, now: number): void {
    const { source, next: index } = call;
    const { maxMessageBytes } = this.#settings;
    const key = source.keyOf(index);
    const bytes = source.bytesOf(index);
    call.next += 1;
    if (key !== null && this.#failures.concerns(key, call.firstNumber + index)) {
      this.#fail(call, index, { outcome: 'unavailable', reason: BEHIND_A_FAILURE });
      return;
    }
    if (bytes > maxMessageBytes) {
      const reason = `The body has ${bytes} bytes, the limit is ${maxMessageBytes}.`;
      call.settle(index, { outcome: 'rejected', reason });
      return;
    }
    try {
      this.#isFull = !source.write(channel, index, this.#window.nextTag);
    } catch (error) {
      this.#notWritten(call, index, error);
      return;
    }
    this.#window.add({ call, index, key, bytes, writtenAt: now, answer: 'none', isReturned: false });
  }

  #notWritten(call: PublishCall, index: number, error: unknown): void {
    if (isMalformed(error)) {
      call.settle(index, { outcome: 'rejected', reason: `It cannot be carried: ${error.reason}.` });
    } else if (error instanceof RangeError || error instanceof TypeError) {
      // amqplib's own limits of headers. Its message may quote a value.
      call.settle(index, { outcome: 'rejected', reason: 'It cannot be carried: its attributes are too large.' });
    } else {
      this.#fail(call, index, { outcome: 'unavailable', reason: summarizeError(error) });
      this.#link.drop('The channel for publishing was closed.');
    }
  }

  #answer(confirm: AmqpConfirm, answer: 'ack' | 'nack'): void {
    this.#window.answer(confirm, answer);
    if (this.#waiting.size > 0) this.#pump();
  }

  #decide({ call, index, key, answer, isReturned }: WrittenMessage): void {
    if (call.has(index)) return;
    if (isReturned) {
      const reason = `No queue binds type ${quoted(call.source.describe(index))}.`;
      call.settle(index, { outcome: 'rejected', reason });
    } else if (answer === 'none') {
      this.#fail(call, index, { outcome: 'unknown', reason: this.#lost });
    } else if (answer === 'nack') {
      // At least one queue did not take it, others may have.
      this.#fail(call, index, { outcome: 'unknown', reason: 'The broker did not take it into every queue.' });
    } else if (key !== null && this.#failures.concerns(key, call.firstNumber + index)) {
      this.#fail(call, index, { outcome: 'unknown', reason: BEHIND_A_FAILURE });
    } else {
      call.settle(index, ACCEPTED);
    }
  }

  #fail(call: PublishCall, index: number, receipt: Receipt): void {
    const key = call.source.keyOf(index);
    if (key !== null) {
      this.#failures.fail(key, call.firstNumber + index);
      call.failedKeys.push(key);
    }
    call.settle(index, receipt);
  }

  /** What of the call was not written was not taken. */
  #refuse(call: PublishCall, reason: string): void {
    this.#waiting.delete(call);
    while (call.next < call.source.size) {
      const index = call.next;
      call.next += 1;
      this.#fail(call, index, { outcome: 'unavailable', reason });
    }
  }

  #abortWith(call: PublishCall, signal: AbortSignal): void {
    const abort = () => {
      const written = call.next;
      this.#refuse(call, 'Aborted before it was sent.');
      for (let index = 0; index < written; index += 1) {
        if (!call.has(index))
          this.#fail(call, index, { outcome: 'unknown', reason: 'Aborted before it was confirmed.' });
      }
    };
    signal.addEventListener('abort', abort, { once: true });
    void call.receipts.then(() => signal.removeEventListener('abort', abort));
  }

  #settled(call: PublishCall): void {
    this.#waiting.delete(call);
    this.#failures.tell(call.failedKeys, () => this.#numbers);
    this.#failures.forgetBefore(this.#oldestNumber());
  }

  #oldestNumber(): number {
    const written = this.#window.oldest();
    if (written !== undefined) return written.call.firstNumber + written.index;
    const [first] = this.#waiting;
    return first === undefined ? this.#numbers : first.firstNumber + first.next;
  }

  #arm(notBefore = 0): void {
    const { confirmTimeoutMs } = this.#settings;
    const [first] = this.#waiting;
    const oldest = this.#window.oldest();
    const confirmAt = oldest === undefined ? Infinity : oldest.writtenAt + confirmTimeoutMs;
    this.#alarm.set(Math.max(notBefore, Math.min(first?.deadline ?? Infinity, confirmAt)));
  }

  async #deadline(): Promise<void> {
    const { clock, confirmTimeoutMs } = this.#settings;
    // A process that was busy for long has confirms in its socket.
    await clock.sleep(0);
    const now = clock.monotonic();
    for (const call of this.#waiting) {
      if (call.deadline > now) break;
      this.#refuse(call, `There was no room to send it within ${confirmTimeoutMs} ms.`);
    }
    const oldest = this.#window.oldest();
    if (oldest !== undefined && oldest.writtenAt + confirmTimeoutMs <= now) this.#unconfirmed(now);
    // What is overdue now stays so for a while when the broker is blocked.
    this.#arm(now + confirmTimeoutMs / OVERDUE_CHECKS);
  }

  #unconfirmed(now: number): void {
    const { confirmTimeoutMs } = this.#settings;
    const reason = `There was no confirm within ${confirmTimeoutMs} ms.`;
    if (this.#link.blocked === null) {
      this.#link.drop(reason);
      return;
    }
    // A blocked broker answers when it is unblocked: its connection is good.
    for (const { call, index, writtenAt } of this.#window.unanswered()) {
      if (writtenAt + confirmTimeoutMs > now) break;
      if (!call.has(index)) this.#fail(call, index, { outcome: 'unknown', reason });
    }
  }
}
