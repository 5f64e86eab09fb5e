import { InvalidOptionError } from '@holdfast/core';

/** Headers that say something about the content. None of them is about a connection, a moment, or a session. */
const defaultNames: readonly string[] = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-location',
  'content-type',
  'etag',
  'last-modified',
  'link',
  'location',
  'vary',
];

/** A session of the first caller must not be given to whoever repeats the request; the others are made anew for each answer. */
const neverStored: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'date',
  'idempotency-replayed',
  'keep-alive',
  'set-cookie',
  'set-cookie2',
  'transfer-encoding',
  'upgrade',
]);

const TOKEN = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/;

/** The names given, in lower case, or the default ones. @throws InvalidOptionError */
export function storedHeadersOption(names: readonly string[] = defaultNames): ReadonlySet<string> {
  const lower = names.map((name) => {
    const known = typeof name === 'string' ? name.toLowerCase() : '';
    if (TOKEN.test(known) && !neverStored.has(known)) return known;
    throw new InvalidOptionError('storedHeaders', name, `names of headers, none of ${[...neverStored].join(', ')}`);
  });
  return new Set(lower);
}
