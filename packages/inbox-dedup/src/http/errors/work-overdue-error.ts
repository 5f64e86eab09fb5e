import { HoldfastError } from '@holdfast/core';

/** The work of a request outlasted `maxWorkMs`. It was rolled back when it ended, and its key is free. */
export class WorkOverdueError extends HoldfastError {
  readonly code = 'ERR_INBOX_WORK_OVERDUE';
  readonly maxWorkMs: number;

  constructor(maxWorkMs: number) {
    super(`The work of the request outlasted ${maxWorkMs} ms: make it faster, or raise "maxWorkMs".`);
    this.maxWorkMs = maxWorkMs;
  }
}
