/** How a server is ended: politely, at once, or as by a power cut (SIGKILL). */
export type StopMode = 'fast' | 'immediate' | 'kill';

/** What a running server tells the process that asked for it. */
export interface ServerInfo {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly dataDir: string;
  /** What the server's own command line tools need in their environment. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * A real server that a guard process runs on behalf of a test or benchmark. Called one at a time.
 * `start` resolves when the server answers, and uses the same port and data again after `stop`.
 */
export interface GuardedServer {
  start(): Promise<ServerInfo>;
  stop(mode: StopMode): Promise<void>;
  /** Removes everything that the server left on disk; it is stopped by then. */
  wipe(): Promise<void>;
}

export type GuardCommand = { readonly command: 'start' } | { readonly command: 'stop'; readonly mode: StopMode };

export type GuardReply =
  | { readonly ok: true; readonly info?: ServerInfo }
  | { readonly ok: false; readonly message: string };
