import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { GuardCommand, GuardReply, ServerInfo, StopMode } from './guarded-server.ts';

/** Our end of a guard process: it starts, stops and finally ends the server, also when we die without a word. */
export class GuardClient {
  readonly #guard: ChildProcess;
  readonly #replies: AsyncIterator<string>;
  #stderr = '';
  #tail: Promise<unknown> = Promise.resolve();

  constructor(service: string, options: object) {
    const script = join(import.meta.dirname, 'guard.ts');
    this.#guard = spawn(process.execPath, [script, service, JSON.stringify(options)], {
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const { stdin, stdout, stderr } = this.#guard;
    if (stdin === null || stdout === null || stderr === null) throw new Error('The guard process has no pipes.');
    stdin.on('error', () => {});
    stderr.on('data', (chunk) => {
      this.#stderr += String(chunk);
    });
    this.#replies = createInterface({ input: stdout })[Symbol.asyncIterator]();
    // Somebody who forgets to stop a server must still be able to end; the guard then ends the server.
    this.#guard.unref();
  }

  /** @throws Error with the server's own words when it does not come up */
  async start(): Promise<ServerInfo> {
    const info = await this.#request({ command: 'start' });
    if (info === undefined) throw new Error('The guard process answered without saying where the server is.');
    return info;
  }

  async stop(mode: StopMode): Promise<void> {
    await this.#request({ command: 'stop', mode });
  }

  /** Ends the server and removes its data. Resolves when nothing of it is left; calling it twice is harmless. */
  async end(): Promise<void> {
    if (this.#guard.exitCode !== null || this.#guard.signalCode !== null) return;
    this.#guard.ref();
    const exited = once(this.#guard, 'exit');
    this.#guard.stdin?.end();
    await exited;
  }

  #request(command: GuardCommand): Promise<ServerInfo | undefined> {
    const answer = this.#tail.then(() => this.#exchange(command));
    this.#tail = answer.catch(() => undefined);
    return answer;
  }

  async #exchange(command: GuardCommand): Promise<ServerInfo | undefined> {
    this.#guard.stdin?.write(`${JSON.stringify(command)}\n`);
    const { value, done } = await this.#replies.next();
    if (done === true) throw new Error(`The guard process of the server ended. ${this.#stderr}`);
    const reply: GuardReply = JSON.parse(value);
    if (!reply.ok) throw new Error(reply.message);
    return reply.info;
  }
}
