import { decodeBody } from './decode-body.ts';
import type { Envelope } from './envelope.ts';
import { defaultMessageLimits } from './message-limits.ts';

/**
 * An envelope as a CloudEvents JSON document (structured mode), for people and other tools. The body's JSON stands in
 * `data` as it is; a body that is not acceptable JSON stands in `data_base64`. Holds the payload: not for logs.
 */
export function envelopeToJson(envelope: Envelope): string {
  const { id, source, type, key, attributes, body } = envelope;
  const partitionkey = key === null ? {} : { partitionkey: key };
  const head = JSON.stringify({ ...attributes, specversion: '1.0', id, source, type, ...partitionkey });
  return `${head.slice(0, -1)},${dataMember(body)}}`;
}

function dataMember(body: Uint8Array): string {
  try {
    decodeBody(body, { ...defaultMessageLimits, maxBytes: body.byteLength });
    return `"data":${new TextDecoder().decode(body)}`;
  } catch {
    return `"data_base64":"${Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64')}"`;
  }
}
