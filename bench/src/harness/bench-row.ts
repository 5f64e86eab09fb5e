import type { AlternateOptions } from './alternate.ts';
import type { BenchPostgres } from './bench-postgres.ts';
import type { BenchRabbitmq } from './bench-rabbitmq.ts';
import type { BenchSqs } from './bench-sqs.ts';
import type { Line } from './line.ts';

/** What a row is given to work with. */
export interface BenchContext extends AlternateOptions {
  /** One message is as good as a thousand: only whether it runs counts. */
  readonly quick: boolean;
  readonly large: boolean;
  /** A real server of our own, the same for all rows; started at the first call. */
  postgres(): Promise<BenchPostgres>;
  /** Another one, with settings over those of the first; who asks for it stops it. */
  ownPostgres(settings: Readonly<Record<string, string>>): Promise<BenchPostgres>;
  rabbitmq(): Promise<BenchRabbitmq>;
  sqs(): Promise<BenchSqs>;
}

/** One comparison of a suite. */
export interface BenchRow {
  /** What `--only` takes. */
  readonly name: string;
  /** What is measured, in a few words. */
  readonly title: string;
  /** Whose CPU stands beside that of Node. @default database */
  readonly server?: string;
  run(context: BenchContext): Promise<readonly Line[]>;
}

export interface BenchSuite {
  readonly name: string;
  readonly rows: readonly BenchRow[];
}
