import { scrubCredentials } from './scrub-credentials.ts';

const MAX_LENGTH = 300;
/** Scrubbing looks further than what is kept, so that a secret is not saved by the cut through its `@`. */
const MAX_SCRUBBED = 4_096;
const MAX_CAUSES = 4;
const MAX_AGGREGATED = 3;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]+/g;
const JSON_SNIPPET = /(?:\.{3})?".*"(?:\.{3})? is not valid JSON/s;
const DATA_EXCEPTION = /^22[0-9A-Z]{3}$/;

/**
 * One line of at most 300 characters about any thrown thing, fit for logs, reasons and tables: name, code and message,
 * with causes and aggregated errors. URL credentials and named secrets are scrubbed, and texts that drivers copy from
 * payloads (JSON snippets, PostgreSQL data exceptions) are left out. Never throws.
 */
export function summarizeError(error: unknown): string {
  try {
    return bounded(describe(error, MAX_CAUSES));
  } catch {
    return 'an error that cannot be described';
  }
}

function describe(error: unknown, causesLeft: number): string {
  if (typeof error === 'string') return scrubbed(error);
  if (typeof error !== 'object' || error === null) return `a thrown ${error === null ? 'null' : typeof error}`;
  const { name, code, message, errors, cause } = error as Record<string, unknown>;
  if (!(error instanceof Error) && typeof message !== 'string') return 'a thrown object';
  const label = typeof name === 'string' && name !== '' ? name : 'Error';
  const head = typeof code === 'string' || typeof code === 'number' ? `${label} [${code}]` : label;
  const parts = [messageOf(String(message ?? ''), code), ...aggregated(errors, causesLeft)].filter(
    (part) => part !== '',
  );
  const own = parts.length === 0 ? head : `${head}: ${parts.join('; ')}`;
  if (cause === undefined || cause === null || causesLeft === 0) return own;
  return `${own} <- ${describe(cause, causesLeft - 1)}`;
}

function aggregated(errors: unknown, causesLeft: number): string[] {
  if (!Array.isArray(errors) || causesLeft === 0) return [];
  const described = errors.slice(0, MAX_AGGREGATED).map((error) => bounded(describe(error, 0)));
  return errors.length > MAX_AGGREGATED ? [...described, `and ${errors.length - MAX_AGGREGATED} more`] : described;
}

function messageOf(message: string, code: unknown): string {
  const withoutSnippet = message.slice(0, MAX_SCRUBBED).replace(JSON_SNIPPET, 'the text is not valid JSON');
  const withoutValue =
    typeof code === 'string' && DATA_EXCEPTION.test(code) ? withoutSnippet.replace(/".*"/s, '"…"') : withoutSnippet;
  return scrubbed(withoutValue);
}

function scrubbed(text: string): string {
  return scrubCredentials(text.slice(0, MAX_SCRUBBED));
}

function bounded(text: string): string {
  const line = text.slice(0, MAX_SCRUBBED).replace(UNPRINTABLE, ' ').trim();
  const cut = line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH - 1)}…` : line;
  return cut.toWellFormed();
}
