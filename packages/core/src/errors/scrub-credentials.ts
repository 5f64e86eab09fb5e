// `scheme://` up to the last `@`: a password that is not URL-encoded may hold `/`, `@` and blanks.
const URL_CREDENTIALS =
  /\b([a-z][a-z0-9+.-]{0,30}:\/\/)(?:[^\s@/:]{0,256}:[^@]{0,256}|[^\s@]{0,512})@(?:[^\s@]{0,256}@)*/gi;

const NAMED_SECRET =
  /([\w-]{0,40}(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|credential|authorization)[\w-]{0,40}["']?\s{0,3}[:=]\s{0,3})("[^"]{0,512}"?|'[^']{0,512}'?|(?:bearer|basic)\s+\S{1,512}|[^\s,;&)}\]]{1,512})/gi;

const AUTH_SCHEME = /\b(bearer|basic)\s+[\w+/=.~-]{8,512}/gi;

/** Replaces what looks like a credential: user and password in URLs, `password=…`, `Authorization: …`. */
export function scrubCredentials(text: string): string {
  return text.replace(URL_CREDENTIALS, '$1***@').replace(NAMED_SECRET, '$1***').replace(AUTH_SCHEME, '$1 ***');
}
