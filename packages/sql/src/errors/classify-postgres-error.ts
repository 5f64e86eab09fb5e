import { CommitUnknownError } from './commit-unknown-error.ts';
import { DatabaseTimeoutError } from './database-timeout-error.ts';
import { DatabaseUnavailableError } from './database-unavailable-error.ts';

/**
 * - `conflict`: lost against another transaction (serialization failure, deadlock, lock timeout); the same again may work
 * - `unavailable`: the server or the way to it is down, restarting, failing over, or refuses connections
 * - `exhausted`: disk, memory or another resource of the server is used up
 * - `timeout`: it took too long and was cancelled
 * - `constraint`: the data breaks a rule of the schema
 * - `commit-unknown`: it may have been committed
 * - `rejected`: any other answer of the server; the same again gets the same answer
 * - `other`: not an error of the database
 */
export type PostgresErrorClass =
  | 'conflict'
  | 'unavailable'
  | 'exhausted'
  | 'timeout'
  | 'constraint'
  | 'commit-unknown'
  | 'rejected'
  | 'other';

const classByCode: ReadonlyMap<string, PostgresErrorClass> = new Map([
  ['40001', 'conflict'],
  ['40P01', 'conflict'],
  ['55P03', 'conflict'],
  ['40003', 'commit-unknown'],
  ['57014', 'timeout'],
  ['57P01', 'unavailable'],
  ['57P02', 'unavailable'],
  ['57P03', 'unavailable'],
  ['57P05', 'unavailable'],
  ['53300', 'unavailable'],
  // The primary became a standby under us; the pool will find the new one.
  ['25006', 'unavailable'],
  // The server ended the session because we were idle in a transaction, or too long in one.
  ['25P03', 'unavailable'],
  ['25P04', 'unavailable'],
]);

const classByPrefix: ReadonlyMap<string, PostgresErrorClass> = new Map([
  ['08', 'unavailable'],
  ['23', 'constraint'],
  ['53', 'exhausted'],
  ['58', 'exhausted'],
]);

const networkCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

// The driver has no codes for these.
const lostConnection = /^(Connection terminated|Client has encountered a connection error|Client was closed)/;
const driverTimeout = /^(Query read timeout|timeout expired|timeout exceeded when trying to connect)/;

/** Sorts an error of the `pg` driver, or one of ours with such a cause. Looks at codes, not at message texts of the server. */
export function classifyPostgresError(error: unknown): PostgresErrorClass {
  if (error instanceof CommitUnknownError) {
    return 'commit-unknown';
  }
  if (error instanceof DatabaseTimeoutError) {
    return 'timeout';
  }
  if (error instanceof DatabaseUnavailableError) {
    return 'unavailable';
  }
  if (!(error instanceof Error)) {
    return 'other';
  }
  const code = sqlState(error);
  if (code !== undefined) {
    return classByCode.get(code) ?? classByPrefix.get(code.slice(0, 2)) ?? 'rejected';
  }
  return classifyDriverError(error);
}

function classifyDriverError(error: Error): PostgresErrorClass {
  if ('code' in error && typeof error.code === 'string' && networkCodes.has(error.code)) {
    return 'unavailable';
  }
  if (driverTimeout.test(error.message)) {
    return 'timeout';
  }
  return lostConnection.test(error.message) ? 'unavailable' : 'other';
}

/** The five characters of an error that the server sent; `undefined` for every other error. */
export function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string' || !('severity' in error)) {
    return undefined;
  }
  return /^[0-9A-Z]{5}$/.test(error.code) ? error.code : undefined;
}
