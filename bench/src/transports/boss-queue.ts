import { PgBoss } from 'pg-boss';

const QUEUE = 'orders';
/** At its best between 100 and 1,000 on the machine that the documentation's tables come from. */
const BATCH = 500;

/** pg-boss as a queue: `fetch` and `complete`, which its workers call too, without their pauses. */
export class BossQueue {
  readonly #boss: PgBoss;

  private constructor(boss: PgBoss) {
    this.#boss = boss;
  }

  static async create(connectionString: string, connections: number): Promise<BossQueue> {
    const boss = new PgBoss({ connectionString, supervise: false, schedule: false, max: connections });
    boss.on('error', () => {});
    await boss.start();
    await boss.createQueue(QUEUE);
    return new BossQueue(boss);
  }

  async fill(count: number, data: object): Promise<void> {
    await this.#boss.deleteAllJobs(QUEUE);
    for (let done = 0; done < count; done += 1_000) {
      const jobs = Array.from({ length: Math.min(1_000, count - done) }, () => ({ data }));
      await this.#boss.insert(QUEUE, jobs);
    }
  }

  /** Takes everything, with as many loops. Returns how many. */
  async consume(loops: number): Promise<number> {
    const counts = await Promise.all(Array.from({ length: loops }, () => this.#consumeAlone()));
    return counts.reduce((sum, more) => sum + more, 0);
  }

  async stop(): Promise<void> {
    await this.#boss.stop({ graceful: false });
  }

  async #consumeAlone(): Promise<number> {
    for (let taken = 0; ; ) {
      const jobs = await this.#boss.fetch(QUEUE, { batchSize: BATCH });
      if (jobs.length === 0) return taken;
      await this.#boss.complete(
        QUEUE,
        jobs.map(({ id }) => id),
      );
      taken += jobs.length;
    }
  }
}
