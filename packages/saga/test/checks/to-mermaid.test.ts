import { defineEvent } from '@holdfast/core';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { sequenceDiagram } from '../../src/checks/explore/sequence-diagram.ts';
import { toMermaid } from '../../src/checks/index.ts';
import { active, attention, compensating, defineSaga, final } from '../../src/index.ts';
import { orderSaga } from '../shop/order-saga.ts';

const began = defineEvent('began', { versions: { 1: z.object({}) } });
const common = { unexpected: 'ignore', unmatched: 'ignore', retentionMs: 1 } as const;

test('every state and every transition is drawn, with its guard, its commands and its timer', () => {
  const saga = defineSaga({
    ...common,
    name: 'small',
    events: { began },
    commands: { told: began },
    states: { waiting: active(), undoing: compensating(), stuck: attention(), over: final() },
    timers: ['patience', 'pause'],
    start: { began: { to: 'waiting', data: () => ({}), send: { told: () => ({}) } } },
    on: {
      waiting: {
        events: { began: [{ when: () => true, label: 'twice', to: 'undoing' }, { send: { told: () => ({}) } }] },
        timers: { patience: { afterMs: 5_400_000, take: { to: 'stuck' } }, pause: { when: () => true, to: 'over' } },
      },
      undoing: { timers: { patience: { afterMs: () => 1, take: { to: 'over' } } } },
      stuck: { operator: { resume: { to: 'over' } } },
    },
  });
  expect(toMermaid(saga).split('\n')).toEqual([
    'stateDiagram-v2',
    '  direction TB',
    '  waiting',
    '  undoing',
    '  stuck',
    '  over',
    '  [*] --> waiting : began / told',
    '  waiting --> undoing : began [twice]',
    '  waiting --> waiting : began / told (stays)',
    '  waiting --> stuck : patience, after 90 min',
    '  waiting --> over : pause runs out [if its guard holds]',
    '  undoing --> over : patience runs out',
    '  stuck --> over : a person does resume',
    '  over --> [*]',
    '  classDef compensating fill:#fff3cd,stroke:#b58105,color:#4d3800',
    '  class undoing compensating',
    '  classDef attention fill:#f8d7da,stroke:#b02a37,color:#58151c',
    '  class stuck attention',
    '  classDef final fill:#d1e7dd,stroke:#146c43,color:#0a3622',
    '  class over final',
  ]);
  const short = toMermaid(saga, { direction: 'LR', commands: false, operator: false, stays: false });
  expect(short).toContain('  direction LR');
  expect(short).not.toMatch(/told|person|stays/);
});

test('no state and no transition of a real saga is left out', () => {
  const lines = toMermaid(orderSaga).split('\n');
  const transitions = [...orderSaga.states.values()].flatMap(({ name, events, timers, operator }) =>
    [...events.values(), ...[...timers.values()].map((timer) => timer.transitions), ...operator.values()]
      .flat()
      .map(({ to }) => `${name} --> ${to ?? name}`),
  );
  const arrows = lines.filter((line) => line.includes('-->')).map((line) => line.trim().split(' : ')[0]);
  expect(arrows).toEqual(['[*] --> paying', ...transitions, 'completed --> [*]', 'cancelled --> [*]']);
  expect(lines.slice(2, 12).map((line) => line.trim())).toEqual([...orderSaga.states.keys()]);
});

test('names that are words of Mermaid or no identifiers stand behind an identifier', () => {
  const saga = defineSaga({
    ...common,
    name: 'names',
    events: { began },
    states: { end: active(), s1: active(), 'pay:retrying': active(), State: final() },
    start: { began: { to: 'end', data: () => ({}) } },
    on: { end: { events: { began: { to: 'pay:retrying' } } } },
  });
  expect(toMermaid(saga).split('\n').slice(2, 8)).toEqual([
    '  state "end" as s1_',
    '  s1',
    '  state "pay#58;retrying" as s3',
    '  state "State" as s4',
    '  [*] --> s1_ : began',
    '  s1_ --> s3 : began',
  ]);
});

const hostile = 'a"b; c: d --> [*] #35; %% <script> {x} `y`\n end \u2028 note: #';
const escaped =
  'a#34;b#59; c#58; d --#62; [#42;] #35;35#59; #37;#37; #60;script#62; #123;x#125; #96;y#96; end note#58; #35;';

test('hostile labels are written as entities on their line', () => {
  const saga = defineSaga({
    ...common,
    name: 'labels',
    events: { began },
    states: { open: active() },
    start: { began: { to: 'open', data: () => ({}), label: hostile } },
    on: { open: { operator: { [hostile]: { to: 'open', label: 'x'.repeat(1_000) } } } },
  });
  expect(toMermaid(saga).split('\n').slice(2)).toEqual([
    '  open',
    `  [*] --> open : began [${escaped}]`,
    `  open --> open : a person does ${escaped} [${'x'.repeat(200)}#8230;]`,
  ]);
});

test('hostile labels do not break out of a sequence diagram', () => {
  const step = {
    number: 1,
    kind: 'event',
    name: hostile,
    redelivered: false,
    outcome: 'moved',
    from: null,
    to: 'open',
  };
  const text = sequenceDiagram({
    saga: hostile,
    end: hostile,
    repeatsFrom: null,
    steps: [
      { other: hostile, isToSaga: true, step: { ...step, kind: 'event', labels: [], sent: [], world: [], text: '' } },
    ],
  });
  expect(text.split('\n')).toEqual([
    'sequenceDiagram',
    `  participant s as ${escaped}`,
    `  participant p1 as ${escaped}`,
    `  p1-)s: 1. ${escaped}`,
    '  Note over s: begins → open',
    `  Note over s: ${escaped}`,
  ]);
});
