import type { Envelope } from '@holdfast/core';
import { hostileStrings } from '@holdfast/core/testing';
import { describe, expect, test } from 'vitest';
import { decodeMessage, deliveryCountOf, encodeMessage, tagOf } from '../../src/amqp/message-codec.ts';
import { envelope } from '../envelopes.ts';
import { received } from './received.ts';

function roundTrip(sent: Envelope): Envelope {
  const { headers, contentType } = encodeMessage(sent, 7);
  return decodeMessage(received({ content: Buffer.from(sent.body), properties: { headers, contentType } }));
}

function withAttributes(attributes: Readonly<Record<string, string>>): Envelope {
  return { ...envelope('m', { key: 'k' }), attributes: Object.assign(Object.create(null), attributes) };
}

const event = { cloudEvents_id: 'm', cloudEvents_source: '/s', cloudEvents_type: 't' };

describe('encodeMessage and decodeMessage', () => {
  test('an envelope arrives as it was sent', () => {
    const sent = withAttributes({
      time: '2026-11-21T08:00:00.000Z',
      datacontenttype: 'application/json',
      subject: '☃',
    });
    expect(roundTrip(sent)).toEqual(sent);
    expect(roundTrip(envelope('m'))).toEqual(envelope('m'));
  });

  test('hostile text arrives as it was sent, or is refused when it is no text', () => {
    for (const text of hostileStrings) {
      const sent = { ...withAttributes({ subject: text, datacontenttype: text }), key: text };
      if (text.isWellFormed()) expect(roundTrip(sent)).toEqual(sent);
      else expect(() => encodeMessage(sent, 1)).toThrow('lone surrogates');
    }
  });

  test('an empty identity and a name that is none are refused', () => {
    expect(() => encodeMessage(envelope(''), 1)).toThrow('"id" is empty');
    for (const name of ['__proto__', 'Upper', 'with-dash', 'id', 'x'.repeat(65), '']) {
      const attributes: Record<string, string> = Object.create(null);
      attributes[name] = 'x';
      expect(() => encodeMessage({ ...envelope('m'), attributes }, 1)).toThrow('name that is not allowed');
    }
  });

  test('an id that is too long for the property is carried in the header alone', () => {
    const options = encodeMessage(envelope('ü'.repeat(128)), 1);
    expect(options.messageId).toBeUndefined();
    expect(options.headers['cloudEvents_id']).toBe('ü'.repeat(128));
    expect(encodeMessage(envelope('m'), 1).messageId).toBe('m');
  });

  test('the number on the channel comes back, and is no attribute', () => {
    const { headers } = encodeMessage(envelope('m'), 42);
    expect(tagOf(headers)).toBe(42);
    expect(tagOf({ 'x-holdfast-tag': '42' })).toBeNull();
    expect(tagOf(undefined)).toBeNull();
    expect({ ...roundTrip(envelope('m')).attributes }).toEqual({});
  });

  test('the other prefix and the types of other clients are understood', () => {
    const headers = {
      'cloudEvents:id': Buffer.from('m'),
      'cloudEvents:source': '/s',
      'cloudEvents:type': 't',
      'cloudEvents:partitionkey': 12,
      'cloudEvents:specversion': '1.0',
      'cloudEvents:flag': true,
      'cloudEvents:time': { '!': 'timestamp', value: 1_800_000_000 },
      'cloudEvents:bytes': Buffer.from([0xff, 0x00]),
      tenant: 'not of the event',
    };
    const { id, key, attributes } = decodeMessage(received({ properties: { headers } }));
    expect({ id, key, ...attributes }).toEqual({
      id: 'm',
      key: '12',
      flag: 'true',
      time: '2027-01-15T08:00:00.000Z',
      bytes: '/wA=',
    });
  });

  test.each<[string, Readonly<Record<string, unknown>> | undefined]>([
    ['"cloudEvents_id" is missing', undefined],
    ['"cloudEvents_id" is missing', {}],
    ['"cloudEvents_source" is missing', { cloudEvents_id: 'm' }],
    ['"cloudEvents_type" is empty', { ...event, cloudEvents_type: '' }],
    ['"specversion" is not 1.0', { ...event, cloudEvents_specversion: '0.3' }],
    ['of a type that is no attribute', { ...event, cloudEvents_subject: ['a'] }],
    ['of a type that is no attribute', { ...event, cloudEvents_subject: { '!': 'timestamp', value: 1e300 } }],
    ['of a type that is no attribute', { ...event, cloudEvents_subject: null }],
    ['name that is not allowed', { ...event, cloudEvents_: 'x' }],
    ['name that is not allowed', { ...event, cloudEvents_Subject: 'x' }],
  ])('F5.10: what is no CloudEvent is malformed: %s', (reason, headers) => {
    const properties = headers === undefined ? {} : { headers };
    expect(() => decodeMessage(received({ properties }))).toThrow(reason);
  });

  test('a receiver has its own bytes', () => {
    const content = Buffer.from([1, 2, 3]);
    decodeMessage(received({ content, properties: { headers: event } })).body.fill(9);
    expect([...content]).toEqual([1, 2, 3]);
  });
});

describe('deliveryCountOf', () => {
  test.each<[number, object, boolean]>([
    [1, {}, false],
    [2, {}, true],
    [1, { 'x-delivery-count': 0 }, true],
    [4, { 'x-delivery-count': 3 }, true],
    [6, { 'x-delivery-count': 3, 'x-holdfast-deliveries': 2 }, true],
    [3, { 'x-holdfast-deliveries': 2 }, false],
    [1, { 'x-holdfast-deliveries': -5, 'x-delivery-count': 'many' }, true],
  ])('is %i with %j', (expected, headers, redelivered) => {
    const message = received({ properties: { headers: { ...headers } } });
    expect(deliveryCountOf({ ...message, fields: { ...message.fields, redelivered } })).toBe(expected);
  });
});
