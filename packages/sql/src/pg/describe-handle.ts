/** What somebody passed as a transaction, for an error message: never its content. */
export function describeHandle(handle: unknown): string {
  if (handle === null || handle === undefined) {
    return String(handle);
  }
  if (typeof handle !== 'object') {
    return `a ${typeof handle}`;
  }
  if (looksLikePool(handle)) {
    return 'a pg Pool';
  }
  const name = handle.constructor?.name;
  return name === undefined || name === 'Object' ? 'an object' : `an object of class ${name}`;
}

/** A pool hands each query to any of its clients, so it is never in a transaction. */
export function looksLikePool(handle: object): boolean {
  return 'totalCount' in handle && 'idleCount' in handle && 'connect' in handle;
}
