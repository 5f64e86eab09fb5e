import type { Envelope } from '@holdfast/core';

export interface SampleOptions {
  readonly id: string;
  readonly type: string;
  readonly key?: string | null;
  readonly body?: Uint8Array;
}

const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);

/** An envelope as a sender makes it: with attributes that are not ASCII, and a body that is not UTF-8. */
export function sampleEnvelope({ id, type, key = null, body = everyByte }: SampleOptions): Envelope {
  const attributes: Record<string, string> = Object.create(null);
  attributes['time'] = '2026-11-21T08:00:00.000Z';
  attributes['subject'] = 'Zürich ☃ 𝄞 "quoted" \\ back';
  attributes['correlationid'] = `correlation-${id}`;
  return { id, source: '/holdfast/conformance', type, key, attributes, body: body.slice() };
}

/** `count` envelopes with ids `<prefix>0`, `<prefix>1`, … */
export function sampleEnvelopes(count: number, options: Omit<SampleOptions, 'id'>, prefix = 'm'): Envelope[] {
  return Array.from({ length: count }, (_, index) => sampleEnvelope({ ...options, id: `${prefix}${index}` }));
}

export function idsOf(envelopes: Iterable<Envelope>): string[] {
  return Array.from(envelopes, ({ id }) => id);
}

/** Comparable form: plain objects and arrays, whatever class the adapter uses for bytes. */
export function plain({ id, source, type, key, attributes, body }: Envelope): object {
  return { id, source, type, key, attributes: { ...attributes }, body: Array.from(body) };
}
