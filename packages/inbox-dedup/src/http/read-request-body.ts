import { BodyAlreadyReadError } from './errors/body-already-read-error.ts';
import { readBounded } from './read-bounded.ts';

const UNUSABLE = /unusable|already|used|locked|disturbed/i;

/**
 * The bytes of a request, or `null` when they are more than `maxBytes`, counted while they are read. Only the request of an adapter that
 * has a short way of its own (half the time of a replay on `@hono/node-server`) is asked for all of them at once, when its sender says
 * how many there are and it is not too much: the server cuts it off there.
 * @throws BodyAlreadyReadError
 */
export async function readRequestBody(request: Request, maxBytes: number): Promise<Uint8Array | null> {
  const { headers } = request;
  const declared = Number(headers.get('content-length') ?? Number.NaN);
  const body =
    declared <= maxBytes &&
    hasShortWay(request) &&
    headers.get('content-encoding') === null &&
    headers.get('transfer-encoding') === null
      ? await readWhole(request, maxBytes)
      : await readCounted(request, maxBytes);
  // A body parser below the Fetch API has drained the stream: every content would look the same. Also what comes in chunks: a client
  // that really sends nothing in chunks is refused with it, because nothing tells the two apart.
  const isAnnounced = declared > 0 || headers.has('transfer-encoding');
  if (body?.byteLength === 0 && isAnnounced) throw new BodyAlreadyReadError();
  return body;
}

/** Nobody cuts off the stream of a request that was constructed, whatever its headers say. */
function hasShortWay(request: Request): boolean {
  return request instanceof Request && request.arrayBuffer !== Request.prototype.arrayBuffer;
}

async function readWhole(request: Request, maxBytes: number): Promise<Uint8Array | null> {
  try {
    const bytes = new Uint8Array(await request.arrayBuffer());
    return bytes.byteLength > maxBytes ? null : bytes;
  } catch (error) {
    // There is no class or code for it.
    throw error instanceof TypeError && UNUSABLE.test(error.message) ? new BodyAlreadyReadError() : error;
  }
}

async function readCounted(request: Request, maxBytes: number): Promise<Uint8Array | null> {
  if (request.bodyUsed || request.body?.locked) throw new BodyAlreadyReadError();
  return readBounded(request.body, maxBytes);
}
