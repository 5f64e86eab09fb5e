import { runForReal } from '../kernel/process-context.ts';

/** Who called, as far as a stack says. */
export interface CallSite {
  /** `file:line:column` of the first caller outside of packages, of Node and of this kit; else of the first one outside of Node; else empty. */
  readonly where: string;
  /** A module is being loaded, or the test runner is at work: nothing that the simulated code did by itself. */
  readonly isLoading: boolean;
  /** No code outside of Node is in the stack. */
  readonly isInternal: boolean;
  /** Node itself has called, whoever called it. */
  readonly isByNode: boolean;
}

interface Frame {
  readonly file: string;
  readonly position: string;
}

const STACK_DEPTH = 60;
/** The kit's own frames, and who calls it. */
const CALLER_DEPTH = 8;
const kit = new URL('../', import.meta.url).pathname;
const framePattern = /^\s+at (?:.*\()?(?:file:\/\/)?((?:node:|\/|[A-Za-z]:[\\/])[^()]*?):(\d+:\d+)\)?$/;
/** Runs and loads the modules of a test, and native addons. */
const loaders = /\/node_modules\/(?:vitest|@vitest\/[^/]+|vite|vite-node|tsx|bindings|node-gyp-build)\//;
const modules = 'node:internal/modules/';

/** Whether Node itself has called, as {@link CallSite.isByNode}; faster. */
export function isCalledByNode(): boolean {
  return callSite(CALLER_DEPTH).isByNode;
}

/** Looks at the stack, which is slow. */
export function callSite(frames = STACK_DEPTH): CallSite {
  const depth = Error.stackTraceLimit;
  Error.stackTraceLimit = frames;
  const error = new Error('Who calls?');
  Error.stackTraceLimit = depth;
  // A test runner that maps positions to sources may read files when the stack is asked for.
  return callSiteOf(framesOf(runForReal(() => error.stack ?? '')));
}

function callSiteOf(frames: readonly Frame[]): CallSite {
  const first = frames.findIndex(({ file }) => !file.startsWith(kit));
  const callers = first === -1 ? [] : frames.slice(first);
  // Below the kit's own frames is whoever runs the simulation.
  const end = callers.findIndex(({ file }) => file.startsWith(kit));
  const own = end === -1 ? callers : callers.slice(0, end);
  const outer = own.find(({ file }) => !file.startsWith('node:'));
  const user = own.find(({ file }) => !file.startsWith('node:') && !file.includes('/node_modules/'));
  const shown = user ?? outer;
  return {
    where: shown === undefined ? '' : `${relative(shown.file)}:${shown.position}`,
    isLoading: own.some(({ file }) => file.startsWith(modules)) || (outer !== undefined && loaders.test(outer.file)),
    isInternal: outer === undefined,
    isByNode: own[0]?.file.startsWith('node:') ?? false,
  };
}

function framesOf(stack: string): Frame[] {
  const frames: Frame[] = [];
  for (const line of stack.split('\n')) {
    const match = framePattern.exec(line);
    if (match === null) continue;
    const [, file = '', position = ''] = match;
    frames.push({ file, position });
  }
  return frames;
}

function relative(file: string): string {
  const folder = `${process.cwd()}/`;
  return file.startsWith(folder) ? file.slice(folder.length) : file;
}
