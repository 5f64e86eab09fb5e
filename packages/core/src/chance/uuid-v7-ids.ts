import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { Random } from '../ports/random.ts';
import { SystemClock } from '../time/system-clock.ts';

export interface UuidV7IdsOptions {
  /** @default the system's clock */
  readonly clock?: Clock;
  /** For repeatable ids in tests. @default the runtime's cryptographic random numbers */
  readonly random?: Random;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const COUNTER_SEED_MASK = 0x1_ffff;
const MAX_COUNTER = 0x3_ffff;
const POOL_WORDS = 512;

/**
 * UUIDv7 (RFC 9562): 48 bits of milliseconds, an 18-bit counter that starts at a random value every millisecond
 * (section 6.2, method 1), 56 random bits. Strictly increasing within one instance as text, also when the clock goes
 * back: then the last millisecond goes on, and the one after it when the counter is full.
 */
export class UuidV7Ids implements Ids {
  readonly #clock: Clock;
  readonly #random: Random | undefined;
  readonly #pool = new Uint32Array(POOL_WORDS);
  #poolAt = POOL_WORDS;
  #ms = -1;
  #counter = 0;
  #prefix = '';

  constructor(options: UuidV7IdsOptions = {}) {
    this.#clock = options.clock ?? new SystemClock();
    this.#random = options.random;
  }

  next(): string {
    const now = Math.floor(this.#clock.now());
    if (now > this.#ms) this.#startMillisecond(now);
    else if (this.#counter === MAX_COUNTER) this.#startMillisecond(this.#ms + 1);
    else this.#counter += 1;
    const counter = this.#counter;
    const word = this.#word();
    return (
      this.#prefix +
      hex16(0x7000 | (counter >>> 6)) +
      '-' +
      hex16(0x8000 | ((counter & 0x3f) << 8) | (word & 0xff)) +
      '-' +
      hex16(word >>> 8) +
      hex32(this.#word())
    );
  }

  #startMillisecond(ms: number): void {
    this.#ms = ms;
    // The top bit is left free, so that a millisecond has room for at least 2^17 ids.
    this.#counter = this.#word() & COUNTER_SEED_MASK;
    const hex = ms.toString(16).padStart(12, '0');
    this.#prefix = `${hex.slice(0, 8)}-${hex.slice(8)}-`;
  }

  #word(): number {
    if (this.#random !== undefined) return Math.floor(this.#random.next() * 0x1_0000_0000);
    if (this.#poolAt === POOL_WORDS) {
      crypto.getRandomValues(this.#pool);
      this.#poolAt = 0;
    }
    const word = this.#pool[this.#poolAt] ?? 0;
    this.#poolAt += 1;
    return word;
  }
}

function hex16(value: number): string {
  return `${HEX[(value >>> 8) & 0xff]}${HEX[value & 0xff]}`;
}

function hex32(value: number): string {
  return hex16(value >>> 16) + hex16(value & 0xffff);
}
