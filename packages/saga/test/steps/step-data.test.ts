import { expect, test } from 'vitest';
import { z } from 'zod';
import { decide } from '../../src/decide/decide.ts';
import type { SagaDefinition } from '../../src/definition/saga-definition.ts';
import { SagaDataError } from '../../src/errors/saga-data-error.ts';
import { sagaSteps } from '../../src/steps/saga-steps.ts';
import { Drive } from './drive.ts';
import { begun, commands, ends, events, lettered } from './lettered-steps.ts';
import { placed } from './order-drives.ts';
import { orderSteps } from './order-steps.ts';

const schema = orderSteps.states.get('payment')?.schema?.['~standard'];

function pathsOf(data: unknown): readonly string[] {
  const result = schema?.validate(data);
  if (result === undefined || result instanceof Promise) throw new Error('no schema, or an asynchronous one');
  return (result.issues ?? []).map(({ path = [] }) => path.map(String).join('.'));
}

const good = {
  input: { orderId: 'o1', cents: 1 },
  done: { payment: { paymentId: 'p1' } },
  steps: { payment: 'done', stock: 'waiting' },
  attempts: { payment: 1, stock: 1 },
  failure: null,
  ends: 0,
};

test('data that fits the steps and the input is accepted', () => {
  expect(pathsOf(good)).toEqual([]);
  expect(pathsOf({ ...good, failure: { step: 'stock', cause: 'timeout', reason: null } })).toEqual([]);
});

test.each([
  ['', null],
  ['', []],
  ['input.cents', { ...good, input: { orderId: 'o1', cents: '1' } }],
  ['done.shipping', { ...good, done: { shipping: {} } }],
  ['done', { ...good, done: [] }],
  ['steps.payment', { ...good, steps: { payment: 'paid' } }],
  ['steps.constructor', { ...good, steps: { payment: 'done', constructor: 'done' } }],
  ['steps.payment', { ...good, steps: { stock: 'waiting' } }],
  ['attempts.payment', { ...good, attempts: { payment: -1 } }],
  ['failure', { ...good, failure: { step: 'stock', cause: 'bad luck', reason: null } }],
  ['failure', { ...good, failure: { step: 'stock', cause: 'timeout', reason: 1 } }],
  ['failure', { ...good, failure: 'yes' }],
  ['ends', { ...good, ends: undefined }],
] as const)('data with a wrong %j is refused', (path, data) => {
  expect(pathsOf(data)).toEqual([path]);
});

test('what does not fit the schema of the input begins no instance', () => {
  const drive = new Drive(orderSteps);
  expect(() => drive.event('orderPlaced', { cents: 'many', email: '' })).toThrow(SagaDataError);
});

test('the data survives the database', () => {
  const { data } = placed();
  expect(schema?.validate(JSON.parse(JSON.stringify(data)))).toEqual({ value: data });
});

test('an asynchronous schema of the input is refused', () => {
  const asynchronous = sagaSteps({
    name: 'letters',
    events,
    commands,
    start: { event: 'begun', schema: z.object({ orderId: z.string() }).refine(() => Promise.resolve(true)) },
    unmatched: 'fail',
    retentionMs: 1,
  })
    .step('a', lettered('a'))
    .build();
  expect(() => new Drive(asynchronous).event('begun')).toThrow(SagaDataError);
});

test('without a schema the input is stored as it came', () => {
  const drive = new Drive(begun.step('a', lettered('a')).build(ends));
  drive.event('begun');
  expect(drive.data.input).toEqual({ orderId: 'o1' });
});

test('a step that needs no compensation is passed over, also when its success is late', () => {
  const definition = begun
    .step('a', { ...lettered('a'), compensation: 'none needed' })
    .step('b', lettered('b'))
    .step('c', { ...lettered('c'), compensation: 'none needed' })
    .build(ends);
  expect(definition.states.has('a:compensating')).toBe(false);
  const drive = new Drive(definition);
  drive.event('begun');
  drive.event('aDone');
  drive.event('bDone');
  drive.takeSent();
  drive.timer('c:timeout');
  drive.event('cDone');
  drive.event('bUndone');
  expect([drive.state, drive.takeSent(), drive.data.steps]).toEqual([
    'compensated',
    ['undoB', 'compensated'],
    { a: 'undone', b: 'undone', c: 'undone' },
  ]);
});

test('functions of a saga that is made of steps are pure: deciding changes nothing', () => {
  const data = Object.freeze({ ...good, steps: Object.freeze(good.steps), attempts: Object.freeze(good.attempts) });
  const message = {
    id: '1',
    source: '/t',
    type: 'stock.failed',
    key: 'o1',
    time: 0,
    data: { reason: 'x' },
    attributes: {},
  };
  const input = { input: { kind: 'event', name: 'stockFailed', message }, context: { key: 'o1', now: 0 } } as const;
  const first = decide(orderSteps, { state: 'stock', data }, input);
  expect(decide(orderSteps, { state: 'stock', data }, input)).toEqual(first);
});

test('a step that was added before the state of an instance, or beside it, does not fit its data', () => {
  const ab = begun.parallel('ab', (group) => group.step('a', lettered('a')).step('b', lettered('b')));
  const more = begun
    .step('d', lettered('d'))
    .parallel('ab', (group) => group.step('a', lettered('a')).step('b', lettered('b')).step('e', lettered('e')))
    .step('c', lettered('c'))
    .build(ends);
  const drive = new Drive(ab.build(ends));
  drive.event('begun');
  const check = (more.states as SagaDefinition['states']).get(drive.state)?.schema?.['~standard'].validate(drive.data);
  expect(check).toMatchObject({ issues: [{ path: ['steps', 'd'] }, { path: ['steps', 'e'] }] });
});
