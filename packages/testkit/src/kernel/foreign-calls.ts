import { realPause } from './real-pause.ts';

/** Real work behind an effect, e.g. a statement on a real database. */
export interface ForeignWork {
  /**
   * Whether it waits for something that only later events of the run can free, e.g. a lock that another simulated process holds. Asked by and by
   * while it is not over; virtual time goes on when it says so. @default it never does
   */
  readonly isBlocked?: () => boolean | Promise<boolean>;
}

interface ForeignCall {
  readonly label: string;
  readonly isBlocked: (() => boolean | Promise<boolean>) | undefined;
  readonly over: Promise<void>;
  /** Hands the outcome on; set when there is one. */
  deliver: (() => void) | null;
  /** What was said when it was asked last, until other work is over. */
  blocked: boolean;
}

/** How long a call may take before it is asked whether it is blocked, in real milliseconds. */
const PATIENCE_MS = 2;
/** How long calls that are all blocked may stay so when nothing else can happen, in real milliseconds. */
const DEADLOCK_MS = 10_000;

/**
 * Promises of real drivers that are waited for in real time, before the next event of virtual time. Their outcomes are handed on in the order in which
 * the calls were made, whichever is over first, so that a run depends on its seed as long as the server's answers do.
 */
export class ForeignCalls {
  readonly #calls = new Set<ForeignCall>();

  get size(): number {
    return this.#calls.size;
  }

  /** Whether any call is not known to be blocked. */
  get areWaitedFor(): boolean {
    if (this.#calls.size === 0) return false;
    for (const { blocked, deliver } of this.#calls) if (!blocked || deliver !== null) return true;
    return false;
  }

  get labels(): readonly string[] {
    return [...this.#calls].map(({ label }) => label);
  }

  /** Resolves or rejects as `work` does, but at a moment that real time does not decide. */
  follow<Result>(work: Promise<Result>, label: string, { isBlocked }: ForeignWork = {}): Promise<Result> {
    return new Promise((resolve, reject) => {
      const over = work.then(
        (result) => {
          call.deliver = () => resolve(result);
        },
        (error) => {
          call.deliver = () => reject(error);
        },
      );
      const call: ForeignCall = { label, isBlocked, over, deliver: null, blocked: false };
      this.#calls.add(call);
    });
  }

  /** Waits until each call is over or blocked (`all`: until one is over, if every call is blocked), and hands outcomes on. */
  async settle(what: 'unblocked' | 'all' = 'unblocked'): Promise<void> {
    if (what === 'all') await realPause(DEADLOCK_MS, Promise.race([...this.#calls].map(({ over }) => over)));
    for (let isStable = false; !isStable; ) {
      const before = this.#overCount();
      for (const call of this.#calls) await wait(call);
      isStable = this.#overCount() === before;
    }
    for (const call of this.#calls) {
      if (call.deliver === null) continue;
      this.#calls.delete(call);
      call.deliver();
    }
  }

  #overCount(): number {
    let count = 0;
    for (const { deliver } of this.#calls) if (deliver !== null) count += 1;
    return count;
  }
}

async function wait(call: ForeignCall): Promise<void> {
  // What was blocked is asked at once: what is over may have freed it, but seldom has.
  let patienceMs = call.blocked ? 0 : PATIENCE_MS;
  call.blocked = false;
  while (call.deliver === null) {
    if (patienceMs > 0) await realPause(patienceMs, call.over);
    patienceMs = PATIENCE_MS;
    if (call.deliver === null && (await call.isBlocked?.()) === true && call.deliver === null) {
      call.blocked = true;
      return;
    }
  }
}
