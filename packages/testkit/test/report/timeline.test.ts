import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TraceEvent, TraceKind } from '../../src/kernel/trace.ts';
import { messageLife } from '../../src/report/message-life.ts';
import { selectEvents } from '../../src/report/selected-events.ts';
import { sequenceDiagram } from '../../src/report/sequence-diagram.ts';
import { timelineTable } from '../../src/report/timeline-table.ts';
import { traceOf } from './trace-of.ts';

fc.configureGlobal({ interruptAfterTimeLimit: 3_000, endOnFailure: true });

const kinds: readonly TraceKind[] = ['io', 'failed', 'fault', 'process', 'seen', 'note'];
const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom('end', 'a;b', '#', '%%{init}%%', 'x\ny', '<script>', 'p1->>p2: no', '.', 'a.b', '"', ''),
);
const traces: fc.Arbitrary<readonly TraceEvent[]> = fc.array(
  fc.record({
    at: fc.nat(100_000),
    kind: fc.constantFrom(...kinds),
    place: fc.oneof(fc.constantFrom('a', 'b', 'tick', ''), nasty),
    life: fc.nat(3),
    label: nasty,
    note: nasty,
    messages: fc.array(fc.constantFrom('m-1', 'm-2'), { maxLength: 2 }),
  }),
  { maxLength: 200 },
);

/** What a line of a sequence diagram may be, as far as we write them. Text is free of what Mermaid reads. */
const text = String.raw`(?:[^#;<>%&"\u0000-\u001f\u2028\u2029]|#\d+;)+`;
const line = new RegExp(
  String.raw`^  (?:participant p\d+ as ${text}|Note over p\d+(?:,p\d+)?: ${text}|p\d+(?:->>|-x)p\d+: ${text})$`,
);

describe('a sequence diagram', () => {
  test('is valid whatever places, labels and notes are called', () => {
    fc.assert(
      fc.property(traces, (events) => {
        const [first, ...lines] = sequenceDiagram(events).split('\n');
        expect(first).toBe('sequenceDiagram');
        for (const step of lines) expect(step).toMatch(line);
      }),
    );
  });

  test('declares each participant that it uses, once', () => {
    fc.assert(
      fc.property(traces, (events) => {
        const diagram = sequenceDiagram(events);
        const declared = [...diagram.matchAll(/^ {2}participant (p\d+) /gm)].map(([, id]) => id);
        expect(new Set(declared).size).toBe(declared.length);
        const used = [...diagram.matchAll(/^ {2}(?:Note over )?(p\d+)(?:(?:->>|-x|,)(p\d+))?:/gm)].flatMap((all) =>
          all.slice(1).filter((id) => id !== undefined),
        );
        for (const id of used) expect(declared).toContain(id);
      }),
    );
  });
});

describe('a timeline', () => {
  test('is bounded, whatever happened', () => {
    fc.assert(
      fc.property(traces, (events) => {
        const lines = timelineTable(events, { maxEvents: 20, maxPlaces: 3, columnWidth: 20 }).split('\n');
        // Heading, events, gaps between them, and who is not shown.
        expect(lines.length).toBeLessThanOrEqual(1 + 2 * 20 + 1 + 1);
        for (const row of lines) expect(row.length).toBeLessThan(250);
      }),
    );
  });

  test('shows every fault before anything else, in the column of its process', () => {
    const busy = Array.from({ length: 500 }, (_, index) => `${index} io a-${index % 10} db.read`);
    const fault = '250 fault relay bus.publish | crash-after at relay/bus.publish#1';
    const tick = '300 fault tick mailer | kill at tick/mailer#3';
    const events = traceOf(
      [...busy.slice(0, 250), fault, ...busy.slice(250, 300), tick, ...busy.slice(300)].join('\n'),
    );
    const { places, otherPlaces } = selectEvents(events, { maxPlaces: 4 });
    expect(places).toContain('relay');
    expect(places).toContain('mailer');
    expect(otherPlaces).toHaveLength(8);
    const table = timelineTable(events, { maxEvents: 10, maxPlaces: 4 });
    expect(table).toContain('!! crash-after bus.publish#1');
    expect(table).toContain('!! kill mailer#3');
    expect(table).toMatch(/not shown: a-\d/);
  });

  test('shows what is around the fault, and counts what it leaves out', () => {
    const busy = Array.from({ length: 100 }, (_, index) => `${index} io relay db.read-${index}`);
    busy.splice(50, 0, '50 fault relay bus.publish | crash-after at relay/bus.publish#1');
    const table = timelineTable(traceOf(busy.join('\n')), { maxEvents: 5 });
    expect(table).toContain('(48 more)');
    for (const shown of ['db.read-48', 'db.read-49', 'db.read-50', 'db.read-51']) expect(table).toContain(shown);
    expect(table).not.toContain('db.read-47');
  });

  test('shows a message that is asked for, however far from the fault', () => {
    const busy = Array.from({ length: 100 }, (_, index) => `${index} io relay db.read-${index}`);
    const events = traceOf(['0 fault relay x | kill at relay/x#1', ...busy, '200 io relay bus.publish m-7'].join('\n'));
    expect(timelineTable(events, { maxEvents: 5, messages: ['m-7'] })).toContain('bus.publish');
    expect(timelineTable(events, { maxEvents: 5 })).not.toContain('bus.publish');
  });
});

describe('the life of a message', () => {
  test('has each event about it, in order, and no other', () => {
    fc.assert(
      fc.property(traces, (events) => {
        const own = events.filter(({ messages }) => messages.includes('m-1'));
        const life = messageLife(events, 'm-1');
        const rows = life === '' ? 0 : life.split('\n').length - 1;
        expect(rows).toBe(own.length <= 40 ? own.length : 41);
      }),
    );
  });

  test('is empty for a message that nothing is known of', () => {
    expect(messageLife(traceOf('1 io a b.c m-1'), 'm-2')).toBe('');
  });
});
