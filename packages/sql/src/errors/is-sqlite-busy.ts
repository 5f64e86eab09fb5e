/** SQLITE_BUSY and its kinds, e.g. SQLITE_BUSY_SNAPSHOT. */
export function isSqliteBusy(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('SQLITE_BUSY')
  );
}
