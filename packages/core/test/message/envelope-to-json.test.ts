import { expect, test } from 'vitest';
import { envelopeToJson, MessageEncoder } from '../../src/index.ts';

const encoder = new MessageEncoder({ source: '/orders' });
const envelope = encoder.encode({ type: 't', id: '1', key: 'k', subject: 's', data: { a: ['\ud800', '"'] } });

test('an envelope is shown as a CloudEvents document with its data', () => {
  expect(JSON.parse(envelopeToJson(envelope))).toEqual({
    specversion: '1.0',
    id: '1',
    source: '/orders',
    type: 't',
    partitionkey: 'k',
    subject: 's',
    time: envelope.attributes['time'],
    datacontenttype: 'application/json',
    data: { a: ['\ud800', '"'] },
  });
});

test('a body that is not acceptable JSON is shown in base64', () => {
  const bodies = ['{"a":', '1,"id":"forged"', '{"__proto__":1}', '[9007199254740993]', '', '\u0000'].map((text) =>
    Buffer.from(text),
  );
  for (const body of [...bodies, Buffer.from([0xff, 0xfe])]) {
    const shown = JSON.parse(envelopeToJson({ ...envelope, key: null, body }));
    expect(shown).not.toHaveProperty('data');
    expect(shown).not.toHaveProperty('partitionkey');
    expect(Buffer.from(shown.data_base64, 'base64')).toEqual(body);
    expect(shown.id).toBe('1');
  }
});

test('attributes cannot take the place of identity', () => {
  const attributes = { id: 'forged', specversion: '9', source: '/forged' };
  expect(JSON.parse(envelopeToJson({ ...envelope, attributes }))).toMatchObject({
    id: '1',
    specversion: '1.0',
    source: '/orders',
  });
});
