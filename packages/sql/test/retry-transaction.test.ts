import { ManualClock, SeededRandom } from '@holdfast/core/testing';
import { retryTransaction } from '@holdfast/sql';
import { describe, expect, test } from 'vitest';

const conflict = () => Object.assign(new Error('could not serialize'), { code: '40001', severity: 'ERROR' });
const duplicate = () => Object.assign(new Error('duplicate key'), { code: '23505', severity: 'ERROR' });

/** A clock on which sleeping takes no time, but is remembered. */
class RecordingClock extends ManualClock {
  readonly slept: number[] = [];

  override async sleep(ms: number): Promise<void> {
    this.slept.push(ms);
  }
}

describe('retryTransaction', () => {
  test('F3.3: a conflict is tried again, and the result is that of the attempt that worked', async () => {
    const clock = new RecordingClock();
    const result = await retryTransaction(
      async (attempt) => {
        if (attempt < 3) {
          throw conflict();
        }
        return attempt;
      },
      { clock },
    );
    expect(result).toBe(3);
    expect(clock.slept).toHaveLength(2);
  });

  test('F3.3: attempts are bounded, and the last error is thrown', async () => {
    let runs = 0;
    const last = conflict();
    const work = async (attempt: number) => {
      runs += 1;
      throw attempt === 4 ? last : conflict();
    };
    await expect(retryTransaction(work, { attempts: 4, clock: new RecordingClock() })).rejects.toBe(last);
    expect(runs).toBe(4);
  });

  test('any other error is thrown at once', async () => {
    let runs = 0;
    const error = duplicate();
    const work = async () => {
      runs += 1;
      throw error;
    };
    await expect(retryTransaction(work, { clock: new RecordingClock() })).rejects.toBe(error);
    expect(runs).toBe(1);
  });

  test('F7.1: waits are chosen over the whole range from zero to a bound that doubles up to its maximum', async () => {
    const bounds = [10, 20, 40, 40, 40];
    const smallest = bounds.map(() => Number.POSITIVE_INFINITY);
    const largest = bounds.map(() => 0);
    const random = new SeededRandom(1);
    for (let round = 0; round < 300; round++) {
      const clock = new RecordingClock();
      const options = { attempts: 6, baseDelayMs: 10, maxDelayMs: 40, clock, random };
      await expect(retryTransaction(async () => Promise.reject(conflict()), options)).rejects.toThrow();
      clock.slept.forEach((ms, index) => {
        smallest[index] = Math.min(smallest[index]!, ms);
        largest[index] = Math.max(largest[index]!, ms);
      });
    }
    bounds.forEach((bound, index) => {
      expect(smallest[index]).toBeLessThan(bound * 0.1);
      expect(largest[index]).toBeGreaterThan(bound * 0.9);
      expect(largest[index]).toBeLessThanOrEqual(bound);
    });
  });

  test('an abort ends the wait and no further attempt is made', async () => {
    const clock = new ManualClock();
    const abort = new AbortController();
    let runs = 0;
    const error = conflict();
    const trying = retryTransaction(
      async () => {
        runs += 1;
        throw error;
      },
      { clock, signal: abort.signal, random: { next: () => 0.5 } },
    );
    await clock.settle();
    abort.abort();
    await expect(trying).rejects.toBe(error);
    expect(runs).toBe(1);
    expect(clock.sleeping).toBe(0);
  });

  test('options are checked', async () => {
    await expect(retryTransaction(async () => 1, { attempts: 0 })).rejects.toThrow('attempts');
  });
});
