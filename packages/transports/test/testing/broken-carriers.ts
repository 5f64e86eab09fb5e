import type { Envelope } from '@holdfast/core';
import { type BrokenTransport, broken, brokenEnvelope, changedAttributes } from './broken-transport.ts';

function brokenAttributes(what: string, change: (value: string, name: string) => string | undefined): BrokenTransport {
  return brokenEnvelope(what, ({ attributes }) => ({ attributes: changedAttributes(attributes, change) }));
}

function brokenText(what: string, change: (text: string) => string): BrokenTransport {
  return brokenEnvelope(what, ({ key, attributes }) => ({
    key: key && change(key),
    attributes: changedAttributes(attributes, change),
  }));
}

function brokenBody(what: string, change: (text: string, body: Uint8Array) => string | Uint8Array): BrokenTransport {
  return brokenEnvelope(what, ({ body }: Envelope) => {
    const changed = change(new TextDecoder().decode(body), body);
    return { body: typeof changed === 'string' ? new TextEncoder().encode(changed) : changed };
  });
}

export const brokenCarriers: Readonly<Record<string, readonly BrokenTransport[]>> = {
  'every attribute arrives as it was sent: the standard ones, and many long ones of the user that are not ASCII': [
    brokenEnvelope('carries ten attributes', ({ attributes }) => ({
      attributes: Object.assign(Object.create(null), Object.fromEntries(Object.entries(attributes).slice(0, 10))),
    })),
    brokenAttributes('carries attributes as ASCII', (value) => value.replaceAll(/[^\x20-\x7e]/g, '?')),
    brokenAttributes('drops empty attributes', (value) => value || undefined),
    brokenAttributes('cuts attributes', (value) => value.slice(0, 100)),
    brokenAttributes('makes a number of what looks like one', (value) =>
      /^\d+$/.test(value) ? String(Number(value)) : value,
    ),
    brokenAttributes('knows the attributes of the standard only', (value, name) =>
      name.startsWith('extension') ? undefined : value,
    ),
  ],
  'ids, sources, types and keys arrive as they were sent, as long as core allows them and not cut': [
    brokenEnvelope('cuts ids', ({ id }) => ({ id: id.slice(0, 100) })),
    brokenEnvelope('cuts keys', ({ key }) => ({ key: key?.slice(0, 128) ?? null })),
    brokenEnvelope('cuts sources', ({ source }) => ({ source: source.slice(0, 255) })),
    brokenEnvelope('takes "null" for no key', ({ key }) => ({ key: key === 'null' ? null : key })),
    brokenEnvelope('takes no key for the key "null"', ({ key }) => ({ key: String(key) })),
  ],
  'text that CloudEvents allows arrives as it was sent, in attributes, ids and keys': [
    brokenText('trims text', (text) => text.trim()),
    brokenText('normalizes text', (text) => text.normalize('NFC')),
    brokenText('takes out byte order marks', (text) => text.replace(/^\ufeff/, '')),
    brokenText('percent-decodes text', (text) => text.replaceAll('%s', 's')),
  ],
  'text that nobody should send is rejected or arrives as it was sent: it is never changed': [
    brokenText('replaces what UTF-8 cannot carry', (text) => text.toWellFormed()),
    brokenText('ends text at NUL', (text) => text.split('\u0000')[0] ?? ''),
    brokenText('keeps a line', (text) => text.split('\r\n')[0] ?? ''),
    brokenEnvelope('takes an empty key for none', ({ key }) => ({ key: key || null })),
    broken('loses a message that it cannot carry', (inner) => ({
      publish: async (batch) => {
        const sent = batch.filter(({ key, attributes }) => `${key}${attributes['subject']}`.isWellFormed());
        await inner.publish(sent);
        return batch.map(() => ({ outcome: 'accepted' }));
      },
    })),
  ],
  'bodies are bytes: JSON that no parser takes, NUL, text that is not UTF-8 and no text at all arrive as they were sent':
    [
      brokenBody('carries bodies as text', (text) => text),
      brokenBody('parses JSON and writes it again', (text, body) => {
        try {
          return JSON.stringify(JSON.parse(text));
        } catch {
          return body;
        }
      }),
      brokenBody('ends bodies at NUL', (_, body) => (body.includes(0) ? body.subarray(0, body.indexOf(0)) : body)),
      brokenBody('makes an absent body null', (text, body) => (text === '' ? 'null' : body)),
    ],
};
