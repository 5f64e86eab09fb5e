import type { StopMessage } from './child-program.ts';

/** What a child's end of the channel to its parent is for. */
export interface ChildChannelOptions<ToChild> {
  readonly onMessage: (message: ToChild) => void;
  /** The parent asks for it, or has gone. Called once. */
  readonly onStop: () => void;
}

/** A child's end of the channel to the process that forked it. */
export class ChildChannel<ToChild, FromChild extends object> {
  readonly #onStop: () => void;
  #isStopping = false;

  constructor({ onMessage, onStop }: ChildChannelOptions<ToChild>) {
    this.#onStop = onStop;
    // A terminal sends Ctrl-C to all processes; when this one ends is the parent's decision.
    process.on('SIGINT', () => {});
    process.on('SIGTERM', () => this.#stop());
    process.on('disconnect', () => this.#stop());
    process.on('message', (message: ToChild | StopMessage) => {
      if (isStop(message)) this.#stop();
      else onMessage(message);
    });
    // It was lost before anybody listened.
    if (!process.connected) this.#stop();
  }

  send(message: FromChild): void {
    // When the parent has gone, 'disconnect' says so.
    if (process.connected) process.send?.(message, undefined, undefined, () => {});
  }

  /** Lets the process end. */
  close(): void {
    if (process.connected) process.disconnect();
  }

  #stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#onStop();
  }
}

function isStop(message: unknown): message is StopMessage {
  return typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'stop';
}
