import type { FromRelay, ToRelay } from './process-messages.ts';

/** The relay process's end of the channel to its parent. Node's own `process` has this shape in a forked process. */
export interface ParentChannel {
  readonly connected: boolean;
  send(message: FromRelay, onSent: (error: Error | null) => void): unknown;
  on(event: 'message', listener: (message: ToRelay) => void): unknown;
  on(event: 'disconnect', listener: () => void): unknown;
}
