import { expect, test } from 'vitest';
import { type Arrival, decideArrival } from '../../src/gate/decide-arrival.ts';
import { checkedGates } from '../../src/gate/gate-options.ts';
import { gatedPlaceOf } from '../../src/gate/gated-place.ts';
import type { ParkedMessage } from '../../src/store/gate-store.ts';
import { numbered } from './gate-world.ts';

const digest = Buffer.from('0123456789abcdef');

function kept(change: Partial<ParkedMessage> & { readonly id?: string } = {}): ParkedMessage {
  const { id = 'm', ...others } = change;
  const sequence = { consumer: 'payment', source: '/orders', stream: 'order', key: 'k' };
  const fresh = { role: 'early', reason: null, tries: 0, isReplacement: false, waitsForRetry: false } as const;
  return { sequence, number: 5n, envelope: numbered(5, { id }), digest, ...fresh, ...others };
}

function decide(number: bigint, change: Partial<Arrival> = {}) {
  const state = { applied: 4n, parked: 1 };
  return decideArrival({ mode: 'in-order', number, id: 'm', digest, state, kept: null, maxParked: 10, ...change });
}

test('F5.7: in order, a number is behind, next or early, and nothing else', () => {
  expect([1n, 4n, 5n, 6n, 2n ** 63n - 1n].map((number) => decide(number))).toEqual([
    'behind',
    'behind',
    'apply',
    'park',
    'park',
  ]);
});

test('F5.7: with "latest", a number is behind or newer', () => {
  expect([4n, 5n, 9n].map((number) => decide(number, { mode: 'latest' }))).toEqual(['behind', 'apply', 'apply']);
});

test('room for early messages is bounded; the next one needs none', () => {
  const state = { applied: 4n, parked: 10 };
  expect(decide(7n, { state })).toBe('full');
  expect(decide(7n, { state, kept: kept() })).toBe('kept');
  expect(decide(5n, { state })).toBe('apply');
});

test('a message that is kept is applied when it is next, unless it has failed', () => {
  expect(decide(5n, { kept: kept() })).toBe('apply');
  expect(decide(5n, { kept: kept({ role: 'failed' }) })).toBe('kept');
  expect(decide(6n, { kept: kept() })).toBe('kept');
});

test('another message under a number that is kept is a conflict, or was replaced', () => {
  for (const number of [5n, 6n]) {
    expect(decide(number, { kept: kept({ id: 'other' }) })).toBe('conflict');
    expect(decide(number, { kept: kept({ digest: Buffer.from('fedcba9876543210') }) })).toBe('conflict');
    expect(decide(number, { kept: kept({ id: 'other', isReplacement: true }) })).toBe('replaced');
  }
});

const rules = checkedGates({ order: { mode: 'in-order' } });
const placeOf = (envelope: Parameters<typeof gatedPlaceOf>[0]) =>
  gatedPlaceOf(envelope, { consumer: 'payment', rules });

test('only messages of declared streams are gated', () => {
  expect(placeOf(numbered(1, { stream: 'other' }))).toBeNull();
  expect(placeOf(numbered('no number', { stream: 'constructor' }))).toBeNull();
  expect(placeOf({ ...numbered(1), attributes: { sequence: '1' } })).toBeNull();
  expect(placeOf(numbered('9223372036854775807'))).toEqual({
    sequence: { consumer: 'payment', source: '/orders', stream: 'order', key: 'k' },
    number: 9_223_372_036_854_775_807n,
    mode: 'in-order',
    start: 'first',
  });
});

test.each(['', '0', '-1', '01', '1.0', ' 1', '1e3', '0x1', '9223372036854775808', '99999999999999999999', '١'])(
  'a number that no outbox gives is refused for good: "%s"',
  (text) => {
    const refused = expect.objectContaining({ code: 'ERR_INBOX_MALFORMED_SEQUENCE', failureClass: 'permanent' });
    expect(() => placeOf(numbered(text))).toThrow(refused);
  },
);

test('a gated message without a number, or without a key, is refused for good', () => {
  const refused = expect.objectContaining({ code: 'ERR_INBOX_MALFORMED_SEQUENCE', failureClass: 'permanent' });
  expect(() => placeOf({ ...numbered(1), attributes: { sequencestream: 'order' } })).toThrow(refused);
  expect(() => placeOf(numbered(1, { key: null, id: 'm' }))).toThrow(refused);
});

test.each([
  { mode: 'sorted' },
  { mode: 'in-order', start: 'last' },
  { mode: 'in-order', work: {} },
  { mode: 'latest', work: 'work' },
])('a gate that is not declared properly is refused: %j', (gate) => {
  expect(() => checkedGates({ order: gate as never })).toThrow(
    expect.objectContaining({ code: 'ERR_CORE_INVALID_OPTION' }),
  );
});
