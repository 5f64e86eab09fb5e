import { cursorAt, type LogEntry, type LogPage } from '@holdfast/outbox';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PublishWindow, type WindowSlot } from '../../src/relay/publish-window.ts';
import { entry, page } from './log-pages.ts';

type Command =
  | { readonly do: 'add'; readonly entries: number }
  | { readonly do: 'take'; readonly max: number; readonly odd: boolean }
  | { readonly do: 'settle' | 'putBack'; readonly which: number }
  | { readonly do: 'settleMany'; readonly count: number };

interface ModelSlot {
  readonly entry: LogEntry;
  readonly page: LogPage;
  state: 'queued' | 'sent' | 'done';
}

/** The window without any cleverness: every entry is kept for ever and looked at each time. */
class NaiveWindow {
  readonly slots: ModelSlot[] = [];
  #reported = 0;

  count(state: ModelSlot['state']): number {
    return this.slots.filter((slot) => slot.state === state).length;
  }

  take(max: number, mayPass: (entry: LogEntry) => boolean): readonly LogEntry[] {
    const taken = this.slots.filter((slot) => slot.state === 'queued' && mayPass(slot.entry)).slice(0, max);
    for (const slot of taken) slot.state = 'sent';
    return taken.map((slot) => slot.entry);
  }

  set(taken: WindowSlot, state: ModelSlot['state']): void {
    this.slots[taken.entry.position / 2 - 1]!.state = state;
  }

  progress() {
    const first = this.slots.findIndex((slot) => slot.state !== 'done');
    const done = first === -1 ? this.slots.length : first;
    if (done <= this.#reported) return null;
    this.#reported = done;
    const last = this.slots[done - 1]!;
    return cursorAt(last.page, last.entry.position);
  }
}

const commands: fc.Arbitrary<Command[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('add' as const), entries: fc.oneof(fc.nat(5), fc.constant(700)) }),
    fc.record({ do: fc.constant('take' as const), max: fc.oneof(fc.nat(4), fc.constant(900)), odd: fc.boolean() }),
    fc.record({ do: fc.constantFrom('settle' as const, 'putBack' as const), which: fc.nat(2_000) }),
    fc.record({ do: fc.constant('settleMany' as const), count: fc.nat(1_500) }),
  ),
  { maxLength: 80 },
);

function run(list: readonly Command[]): void {
  const window = new PublishWindow();
  const model = new NaiveWindow();
  const sent: WindowSlot[] = [];
  let position = 0;
  for (const command of list) {
    if (command.do === 'add') {
      const start = position;
      const entries = Array.from({ length: command.entries }, (_, index) => entry(start + 2 * (index + 1)));
      position += 2 * command.entries;
      const added = page(entries, `page to ${position}`);
      window.add(added);
      model.slots.push(...entries.map((one) => ({ entry: one, page: added, state: 'queued' as const })));
    } else if (command.do === 'take') {
      const mayPass = ({ position: at }: LogEntry) => !command.odd || at % 4 === 0;
      const taken = window.take(command.max, (slot) => mayPass(slot.entry));
      expect(taken.map((slot) => slot.entry.position)).toEqual(
        model.take(command.max, mayPass).map((one) => one.position),
      );
      sent.push(...taken);
    } else if (command.do === 'settleMany') {
      for (const slot of sent.splice(0, command.count)) {
        window.settle(slot);
        model.set(slot, 'done');
      }
    } else if (sent.length > 0) {
      const [slot] = sent.splice(command.which % sent.length, 1) as [WindowSlot];
      window[command.do](slot);
      model.set(slot, command.do === 'settle' ? 'done' : 'queued');
    }
    expect(window.takeProgress()).toEqual(model.progress());
    expect([window.inFlight, window.queued]).toEqual([model.count('sent'), model.count('queued')]);
    expect(window.isEmpty).toBe(model.count('done') === model.slots.length);
    expect(window.first?.position).toBe(model.slots.find((one) => one.state !== 'done')?.entry.position);
  }
}

test('the cursor stands behind the last entry before which all are dealt with, whatever the order of receipts', () => {
  fc.assert(fc.property(commands, run), { numRuns: 300 });
});

test('what is put back is taken again at its place, before everything later', () => {
  const window = new PublishWindow();
  window.add(page([entry(1), entry(2), entry(3), entry(4)]));
  const [first, second, third] = window.take(3) as [WindowSlot, WindowSlot, WindowSlot];
  window.settle(second);
  window.putBack(third);
  window.putBack(first);
  expect(window.takeProgress()).toBeNull();
  expect(window.take(9).map((slot) => slot.entry.position)).toEqual([1, 3, 4]);
});

test('progress within a page keeps its target; progress to its end leaves the page behind', () => {
  const window = new PublishWindow();
  window.add(page([entry(1), entry(2)], 'first'));
  window.add(page([entry(7)], 'second'));
  const [one, two, seven] = window.take(9) as [WindowSlot, WindowSlot, WindowSlot];
  window.settle(one);
  expect(window.takeProgress()).toMatchObject({ target: 'first', position: 1 });
  window.settle(two);
  expect(window.takeProgress()).toMatchObject({ consumed: 'first', target: null, position: 2 });
  window.settle(seven);
  expect(window.takeProgress()).toMatchObject({ consumed: 'second', target: null, position: 7 });
});

test('100,000 entries behind one that is not dealt with cost no more than a pass over them each', () => {
  const window = new PublishWindow();
  for (let start = 0; start < 100_000; start += 1_000) {
    window.add(page(Array.from({ length: 1_000 }, (_, index) => entry(start + index + 1))));
  }
  const [first] = window.take(1) as [WindowSlot];
  let rest = 0;
  for (let taken = window.take(100); taken.length > 0; taken = window.take(100)) {
    for (const slot of taken) window.settle(slot);
    rest += taken.length;
  }
  expect(rest).toBe(99_999);
  expect(window.takeProgress()).toBeNull();
  window.settle(first);
  expect(window.takeProgress()?.position).toBe(100_000);
  expect(window.isEmpty).toBe(true);
});
