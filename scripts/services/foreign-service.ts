import type { Service } from './service.ts';

export interface ForeignServiceOptions {
  readonly url: string;
  /** When the URL names none. */
  readonly defaultPort: number;
  /** What it is, and the function that starts one of our own: `PostgreSQL`, `startPostgres`. */
  readonly name: string;
  readonly start: string;
}

/** A server that the environment names: it is used, and neither stopped nor changed. */
export class ForeignService implements Service {
  readonly url: string;
  readonly port: number;
  readonly pid = 0;
  readonly dataDir = '';
  readonly #refusal: string;

  constructor({ url, defaultPort, name, start }: ForeignServiceOptions) {
    this.url = url;
    this.port = Number(new URL(url).port || defaultPort);
    this.#refusal = `This ${name} comes from the environment and is not ours to stop or change: call ${start} with "own: true".`;
  }

  async down(): Promise<void> {
    throw new Error(this.#refusal);
  }

  async up(): Promise<void> {
    await this.down();
  }

  async restart(): Promise<void> {
    await this.down();
  }

  async stop(): Promise<void> {}
}
