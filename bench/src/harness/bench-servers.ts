import { BenchPostgres } from './bench-postgres.ts';
import { BenchRabbitmq } from './bench-rabbitmq.ts';
import { BenchSqs } from './bench-sqs.ts';

/** Real servers of our own, the same for all rows; each is started when a row first asks for it. */
export class BenchServers {
  readonly #major: 15 | 18;
  #postgres: Promise<BenchPostgres> | undefined;
  #rabbitmq: Promise<BenchRabbitmq> | undefined;
  #sqs: Promise<BenchSqs> | undefined;

  constructor(postgresMajor: 15 | 18) {
    this.#major = postgresMajor;
  }

  postgres(): Promise<BenchPostgres> {
    this.#postgres ??= BenchPostgres.start(this.#major);
    return this.#postgres;
  }

  ownPostgres(settings: Readonly<Record<string, string>>): Promise<BenchPostgres> {
    return BenchPostgres.start(this.#major, settings);
  }

  rabbitmq(): Promise<BenchRabbitmq> {
    this.#rabbitmq ??= BenchRabbitmq.start();
    return this.#rabbitmq;
  }

  sqs(): Promise<BenchSqs> {
    this.#sqs ??= BenchSqs.start();
    return this.#sqs;
  }

  /** Those that were started, with their versions. */
  async names(): Promise<readonly string[]> {
    const postgres = await this.#postgres;
    const rabbitmq = await this.#rabbitmq;
    return [
      ...(postgres === undefined ? [] : [`PostgreSQL ${postgres.version}`]),
      ...(rabbitmq === undefined ? [] : [`RabbitMQ ${rabbitmq.version}`]),
      ...(this.#sqs === undefined ? [] : ['an emulator of SQS']),
    ];
  }

  async stop(): Promise<void> {
    // One that did not start has said so to the row that asked for it.
    const started = await Promise.allSettled([this.#postgres, this.#rabbitmq, this.#sqs]);
    for (const server of started) if (server.status === 'fulfilled') await server.value?.stop();
  }
}
