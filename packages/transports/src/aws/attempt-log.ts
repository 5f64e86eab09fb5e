import { type AwsFailure, awsFailure } from './aws-failure.ts';

/**
 * The attempts of one request. A client of AWS tries again by itself and tells only its last error: a request whose
 * first attempt lost its answer may have been done, however clearly the last one was refused a connection.
 */
export class AttemptLog {
  /** Where in a client's middleware {@link watch} sees each attempt. */
  static readonly step = { step: 'deserialize', priority: 'high', name: 'holdfastAttempts' } as const;

  #lost: AwsFailure | null = null;

  /** Makes an attempt, and remembers how it failed. */
  watch<Args, Output>(attempt: (args: Args) => Promise<Output>): (args: Args) => Promise<Output> {
    return async (args) => {
      try {
        return await attempt(args);
      } catch (error) {
        this.record(error);
        throw error;
      }
    };
  }

  record(error: unknown): void {
    const failure = awsFailure(error);
    if (failure.kind === 'unknown') this.#lost ??= failure;
  }

  /** What the failed request says, all its attempts considered. */
  failureOf(error: unknown): AwsFailure {
    const last = awsFailure(error);
    return this.#lost === null || last.kind === 'unknown' ? last : this.#lost;
  }
}
