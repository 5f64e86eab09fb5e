import { createHash } from 'node:crypto';

const MAX_NAME = 80;
const FIFO_SUFFIX = '.fifo';
/** Single dots and underscores between other characters, so that `__` and `___` can mean something. */
const READABLE = /^[A-Za-z0-9-]+(?:[._][A-Za-z0-9-]+)*$/;

export interface QueueNamesOptions {
  readonly namespace: string;
  readonly fifo: boolean;
}

/**
 * Names of queues as SQS takes them: letters, digits, `-` and `_`, at most 80, and `.fifo` at the end of a FIFO queue.
 * `payment.dead-letter` is `<namespace>-payment__dead-letter`: a dot becomes `__`. Names with other characters, and too
 * long ones, keep what fits and get `___` and 64 bits of their SHA-256, so no two names meet.
 */
export class QueueNames {
  /** What all names of this namespace begin with. */
  readonly prefix: string;
  readonly #suffix: string;

  constructor({ namespace, fifo }: QueueNamesOptions) {
    this.prefix = `${namespace}-`;
    this.#suffix = fifo ? FIFO_SUFFIX : '';
  }

  sqsNameOf(queue: string): string {
    const room = MAX_NAME - this.prefix.length - this.#suffix.length;
    return `${this.prefix}${encoded(queue, room)}${this.#suffix}`;
  }
}

function encoded(queue: string, room: number): string {
  const readable = queue.replaceAll('.', '__');
  if (READABLE.test(queue) && readable.length <= room) return readable;
  const digest = `___${createHash('sha256').update(queue).digest('hex').slice(0, 16)}`;
  return queue.replace(/[^A-Za-z0-9-]/g, '-').slice(0, room - digest.length) + digest;
}
