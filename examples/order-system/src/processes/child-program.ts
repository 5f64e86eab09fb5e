import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { ProgramKeepsFailingError } from './program-keeps-failing-error.ts';

/** What is told about the processes of a program. `number` counts them from 1. */
export type ProgramEvent =
  | { readonly type: 'started'; readonly program: string; readonly number: number; readonly pid: number | undefined }
  | {
      readonly type: 'ended';
      readonly program: string;
      readonly number: number;
      readonly signal: string | null;
      readonly expected: boolean;
    };

/** One process of a program, as the parent hears of it. */
export interface Child<ToChild> {
  readonly number: number;
  /** Does nothing when the process has gone. */
  send(message: ToChild): void;
}

export interface ChildProgramOptions<ToChild, FromChild> {
  /** What people call it: `relay`. */
  readonly name: string;
  readonly file: URL;
  /** Asked at each start. */
  readonly args: () => readonly string[];
  /** For what must not be in the arguments, which everybody may read. */
  readonly env?: Readonly<Record<string, string>>;
  readonly onMessage: (message: FromChild, child: Child<ToChild>) => void;
  readonly onEvent: (event: ProgramEvent) => void;
  /** It ends again and again, and is not started any more. */
  readonly onFailure: (error: ProgramKeepsFailingError) => void;
}

/** Asks a process to finish what it has begun, and to end. */
export interface StopMessage {
  readonly kind: 'stop';
}

const STOP_DEADLINE_MS = 8_000;
/** Without a word in between: it cannot do its work. */
const MAX_SILENT_ENDS = 5;
const MAX_UNEXPECTED_ENDS = 100;

/** Runs a program of ours in a process of its own, and starts the next one when it ends unasked. */
export class ChildProgram<ToChild extends object, FromChild> {
  readonly #options: ChildProgramOptions<ToChild | StopMessage, FromChild>;
  #child: ChildProcess | null = null;
  #startedCount = 0;
  #endedCount = 0;
  #unexpectedEnds = 0;
  #silentEnds = 0;
  #killing = false;
  #stopping = false;

  constructor(options: ChildProgramOptions<ToChild | StopMessage, FromChild>) {
    this.#options = options;
  }

  get startedCount(): number {
    return this.#startedCount;
  }

  /** Processes that run. */
  get openCount(): number {
    return this.#startedCount - this.#endedCount;
  }

  start(): void {
    const { name, file, args, env, onMessage, onEvent } = this.#options;
    const number = this.#startedCount + 1;
    const child = fork(file, [...args()], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, ...env },
    });
    this.#startedCount = number;
    this.#child = child;
    const told = { number, send: (message: ToChild | StopMessage) => sendTo(child, message) };
    child.on('message', (message) => {
      this.#silentEnds = 0;
      onMessage(message as FromChild, told);
    });
    child.on('error', () => {
      // Other errors come before 'exit'; a process that could not be started has none.
      if (child.pid === undefined) this.#ended(number, null);
    });
    child.on('exit', (_code, signal) => this.#ended(number, signal));
    onEvent({ type: 'started', program: name, number, pid: child.pid });
  }

  /** To the process that runs now. Whether there is one. */
  send(message: ToChild): boolean {
    return this.#child !== null && sendTo(this.#child, message);
  }

  /** `kill -9`: the process gets no chance to do anything. Resolves when it is dead; the next one has been started. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    this.#killing = true;
    const dead = once(child, 'exit');
    child.kill('SIGKILL');
    await dead;
  }

  /** Lets the process finish what it has begun. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child === null) return;
    const dead = once(child, 'exit');
    sendTo(child, { kind: 'stop' });
    const deadline = new AbortController();
    const killed = pause(STOP_DEADLINE_MS, undefined, { signal: deadline.signal }).then(
      () => child.kill('SIGKILL'),
      // It ended in time.
      () => false,
    );
    await dead;
    deadline.abort();
    await killed;
  }

  #ended(number: number, signal: string | null): void {
    const { name, onEvent, onFailure } = this.#options;
    const expected = this.#stopping || this.#killing;
    this.#child = null;
    this.#endedCount += 1;
    this.#killing = false;
    if (!expected) {
      this.#unexpectedEnds += 1;
      this.#silentEnds += 1;
    }
    onEvent({ type: 'ended', program: name, number, signal, expected });
    if (this.#silentEnds === MAX_SILENT_ENDS || this.#unexpectedEnds === MAX_UNEXPECTED_ENDS) {
      onFailure(new ProgramKeepsFailingError(name, this.#unexpectedEnds));
    } else if (!this.#stopping) this.start();
  }
}

/** That a process has gone is told by its 'exit'. */
function sendTo(child: ChildProcess, message: object): boolean {
  if (!child.connected) return false;
  child.send(message, () => {});
  return true;
}
