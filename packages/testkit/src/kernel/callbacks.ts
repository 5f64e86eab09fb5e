import { currentProcess, type ProcessContext, runInProcess } from './process-context.ts';
import { ProcessUnreachableError } from './process-unreachable-error.ts';

type Callback = (...args: unknown[]) => unknown;

const known = new WeakMap<object, WeakMap<Callback, Callback>>();

/**
 * Functions that a process gives to the world, e.g. the handler of a subscription: wherever they are called, they run in that process and end with
 * it. Who calls one of a process that is dead, or dies meanwhile, gets a {@link ProcessUnreachableError}. The same function is the same again.
 */
export function callbacksOf(args: readonly unknown[]): readonly unknown[] {
  const context = currentProcess();
  if (context === null) return args;
  return args.map((arg) => (typeof arg === 'function' ? callbackOf(context, arg as Callback) : arg));
}

function callbackOf(context: ProcessContext, work: Callback): Callback {
  const ofLife = known.get(context.incarnation) ?? new WeakMap<Callback, Callback>();
  known.set(context.incarnation, ofLife);
  const found = ofLife.get(work);
  if (found !== undefined) return found;
  const callback = new Proxy(work, {
    apply: (target, self, args) => call(context, () => Reflect.apply(target, self, args)),
  });
  ofLife.set(work, callback);
  return callback;
}

function call(context: ProcessContext, work: () => unknown): unknown {
  const { incarnation } = context;
  if (!incarnation.isAlive) throw new ProcessUnreachableError(incarnation.process, false);
  let result: unknown;
  try {
    result = runInProcess(context, work);
  } catch (error) {
    // What it throws when it dies is for its own code.
    throw incarnation.isAlive ? error : new ProcessUnreachableError(incarnation.process, true);
  }
  if (!(result instanceof Promise)) return result;
  return new Promise((resolve, reject) => {
    const release = incarnation.onEnd(() => reject(new ProcessUnreachableError(incarnation.process, true)));
    result.then(resolve, reject).finally(release);
  });
}
