/** What the broker says when a queue exists with other arguments. */
export interface RefusedDeclaration {
  readonly argument: string;
  readonly existing: string;
}

const PRECONDITION_FAILED = 406;
const INEQUIVALENT = /inequivalent arg '([\w-]+)' for queue .*: received (.*) but current is (.*?)"?$/s;
const VALUE = /^(?:the value )?'(.*?)'(?: of type '\w+')?$/s;

/** Reads the error of a declaration; `null` when it is another one, or the broker cut it. */
export function refusedDeclaration(error: unknown): RefusedDeclaration | null {
  if (!(error instanceof Error) || replyCodeOf(error) !== PRECONDITION_FAILED) return null;
  const [, argument, , current] = INEQUIVALENT.exec(error.message) ?? [];
  if (argument === undefined || current === undefined) return null;
  return { argument, existing: VALUE.exec(current)?.[1] ?? current };
}

/** The broker's code in an error of amqplib: 404 for what does not exist, 403 for what is not allowed. */
export function replyCodeOf(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'number' ? error.code : null;
}

export function isPreconditionFailed(error: unknown): boolean {
  return replyCodeOf(error) === PRECONDITION_FAILED;
}
