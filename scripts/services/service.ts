import type { StopMode } from './guarded-server.ts';

/** A real server for tests. What we started ends with `stop()`, and also when this process ends in whatever way. */
export interface Service {
  readonly url: string;
  readonly port: number;
  /** The server's own process; another one after `restart`. 0 for a server that is not ours. */
  readonly pid: number;
  /** Empty for a server that is not ours. */
  readonly dataDir: string;
  /** @throws Error for a server that is not ours */
  down(mode: StopMode): Promise<void>;
  /** Comes up again with the same URL and data. */
  up(): Promise<void>;
  restart(mode: StopMode): Promise<void>;
  stop(): Promise<void>;
}
