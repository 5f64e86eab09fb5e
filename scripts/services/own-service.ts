import { GuardClient } from './guard-client.ts';
import type { ServerInfo, StopMode } from './guarded-server.ts';
import type { Service } from './service.ts';

/** What a guard process runs for us. */
export interface StartedServer {
  readonly guard: GuardClient;
  readonly info: ServerInfo;
}

/** Starts a server under a guard of its own; ready when this resolves. @throws Error with the server's own words */
export async function startServer(service: string, options: object): Promise<StartedServer> {
  const guard = new GuardClient(service, options);
  try {
    return { guard, info: await guard.start() };
  } catch (error) {
    await guard.end();
    throw error;
  }
}

/** A server that we started. */
export class OwnService implements Service {
  readonly #guard: GuardClient;
  #info: ServerInfo;

  constructor({ guard, info }: StartedServer) {
    this.#guard = guard;
    this.#info = info;
  }

  get url(): string {
    return this.#info.url;
  }

  get port(): number {
    return this.#info.port;
  }

  get pid(): number {
    return this.#info.pid;
  }

  get dataDir(): string {
    return this.#info.dataDir;
  }

  /** What the server's own command line tools need in their environment. */
  protected get environment(): Readonly<Record<string, string | undefined>> {
    return this.#info.environment ?? {};
  }

  async down(mode: StopMode): Promise<void> {
    await this.#guard.stop(mode);
  }

  async up(): Promise<void> {
    this.#info = await this.#guard.start();
  }

  async restart(mode: StopMode): Promise<void> {
    await this.down(mode);
    await this.up();
  }

  async stop(): Promise<void> {
    await this.#guard.end();
  }
}
