import type { MemoryTransaction } from './memory-transaction.ts';

interface Waiter {
  readonly owner: MemoryTransaction;
  readonly grant: () => void;
  readonly refuse: (error: Error) => void;
}

interface Lock {
  owner: MemoryTransaction;
  readonly queue: Waiter[];
}

/** The commit-order locks of keys: first come, first served, held until the transaction ends. */
export class MemoryKeyLocks {
  readonly #locks = new Map<string, Lock>();
  readonly #waitingFor = new Map<MemoryTransaction, string>();

  /** Rejects at once when waiting would never end. */
  acquire(owner: MemoryTransaction, key: string): Promise<void> {
    const lock = this.#locks.get(key);
    if (lock === undefined) {
      this.#locks.set(key, { owner, queue: [] });
      return Promise.resolve();
    }
    if (lock.owner === owner) return Promise.resolve();
    if (this.#wouldDeadlock(owner, lock)) return Promise.reject(deadlock());
    this.#waitingFor.set(owner, key);
    return new Promise((grant, refuse) => lock.queue.push({ owner, grant, refuse }));
  }

  /** Also what it waits for: a connection that ends waits for nothing. */
  releaseAll(owner: MemoryTransaction): void {
    this.#stopWaiting(owner);
    for (const [key, lock] of this.#locks) {
      if (lock.owner === owner) this.#passOn(key, lock);
    }
  }

  #stopWaiting(owner: MemoryTransaction): void {
    const lock = this.#locks.get(this.#waitingFor.get(owner) ?? '');
    const place = lock?.queue.findIndex((waiter) => waiter.owner === owner) ?? -1;
    this.#waitingFor.delete(owner);
    if (lock === undefined || place < 0) return;
    const [waiter] = lock.queue.splice(place, 1);
    waiter?.refuse(new Error('This transaction was rolled back while it waited for a key.'));
  }

  #passOn(key: string, lock: Lock): void {
    const next = lock.queue.shift();
    if (next === undefined) {
      this.#locks.delete(key);
      return;
    }
    lock.owner = next.owner;
    this.#waitingFor.delete(next.owner);
    next.grant();
  }

  #wouldDeadlock(owner: MemoryTransaction, wanted: Lock): boolean {
    let lock: Lock | undefined = wanted;
    while (lock !== undefined) {
      if (lock.owner === owner) return true;
      const next = this.#waitingFor.get(lock.owner);
      lock = next === undefined ? undefined : this.#locks.get(next);
    }
    return false;
  }
}

/** With the code that PostgreSQL gives it, so that retries treat it the same. */
function deadlock(): Error {
  return Object.assign(new Error('deadlock detected'), { code: '40P01' });
}
