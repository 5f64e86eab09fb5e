/** What `pg` says when its connection went away while or after a statement was sent. */
export function connectionReset(): Error {
  return withCode(new Error('read ECONNRESET'), 'ECONNRESET');
}

/** Nobody listens there. */
export function connectionRefused(): Error {
  return withCode(new Error('connect ECONNREFUSED'), 'ECONNREFUSED');
}

/** For statements on a client whose connection is gone already. */
export function notQueryable(): Error {
  return new Error('Client has encountered a connection error and is not queryable');
}

function withCode(error: Error, code: string): Error {
  return Object.assign(error, { code });
}
