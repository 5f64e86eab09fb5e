import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

export interface RunProgram {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The order system as a process of its own, as `npm start -- ARGS` runs it. */
export class ProgramUnderTest {
  readonly child: ChildProcess;
  /** Everything, when the program and all that it started have ended. */
  readonly result: Promise<RunProgram>;
  #stdout = '';
  #stderr = '';

  constructor(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
    this.child = spawn(process.execPath, [MAIN, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.result = once(this.child, 'close').then(([code]) => ({ code, stdout: this.#stdout, stderr: this.#stderr }));
  }

  /** What it has written so far. */
  get stdout(): string {
    return this.#stdout;
  }

  /** Resolves when the program has written this to stdout. */
  async hasWritten(what: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = what.exec(this.#stdout);
      if (match !== null) return match;
      await once(this.child.stdout!, 'data');
    }
  }
}

/** The JSON that must be the last line of stdout. */
export function reportOf({ stdout }: RunProgram) {
  const lines = stdout.trimEnd().split('\n');
  return JSON.parse(lines.at(-1) ?? '') as {
    readonly accepted: number;
    readonly rejectedLines: number;
    readonly ok: boolean;
    readonly endings: readonly { readonly ending: string; readonly orders: number }[];
    readonly invariants: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[];
  };
}
