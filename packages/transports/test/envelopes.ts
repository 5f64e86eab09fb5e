import type { Envelope } from '@holdfast/core';

export interface EnvelopeOptions {
  readonly type?: string;
  readonly key?: string | null;
  readonly body?: Uint8Array;
}

export function envelope(id: string, options: EnvelopeOptions = {}): Envelope {
  const { type = 'order.placed', key = null, body = Uint8Array.of(1, 2, 3) } = options;
  return { id, source: '/test', type, key, attributes: Object.create(null), body };
}

export function envelopes(count: number, options?: EnvelopeOptions): Envelope[] {
  return Array.from({ length: count }, (_, index) => envelope(`m${index}`, options));
}
