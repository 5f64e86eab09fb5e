import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';

const MAX_DEPTH = 64;
const JSON_TYPE = /^(?:application\/json|[\w!#$&^.+-]+\/[\w!#$&^.+-]+\+json)$/;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export interface FingerprintInput {
  readonly request: Request;
  readonly body: Uint8Array;
  /** What of the body tells requests apart, instead of the body. */
  readonly chosen?: string | Uint8Array | undefined;
}

/**
 * SHA-256 of what a request asks for: its method, path, query and media type, and its body: JSON in a canonical form, everything else by
 * its bytes. Other headers play no part: retries differ in them.
 */
export function requestFingerprint({ request, body, chosen }: FingerprintInput): Uint8Array {
  const { pathname, search } = new URL(request.url);
  const { essence, charset } = mediaType(request.headers.get('content-type') ?? '');
  const isUtf8Json = JSON_TYPE.test(essence) && charset === 'utf-8' && request.headers.get('content-encoding') === null;
  const canonical = chosen === undefined && isUtf8Json ? canonicalBody(body) : null;
  const content = chosen ?? canonical ?? body;
  const kind = chosen !== undefined ? 'chosen' : canonical !== null ? 'json' : 'bytes';
  // JSON escapes what separates the parts, so no two requests share a head.
  const head = JSON.stringify([request.method, `${pathname}${search}`, essence, kind]);
  return createHash('sha256').update(head).update('\n').update(content).digest();
}

function canonicalBody(body: Uint8Array): string | null {
  try {
    return canonicalJson(utf8.decode(body), MAX_DEPTH);
  } catch {
    return null;
  }
}

/** The type without its parameters, and its charset: JSON without one is UTF-8. */
function mediaType(contentType: string): { readonly essence: string; readonly charset: string } {
  const [essence = '', ...parameters] = contentType.toLowerCase().split(';');
  const charset = parameters.map((one) => /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/.exec(one)?.[1]).find(Boolean);
  return { essence: essence.trim(), charset: charset === undefined || charset === 'utf8' ? 'utf-8' : charset };
}
