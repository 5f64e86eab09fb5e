import { expect, test } from 'vitest';
import { type Fault, faultKinds } from '../../src/faults/fault.ts';
import { describeFault } from '../../src/report/describe-fault.ts';

const sentences: readonly (readonly [Fault, string])[] = [
  [{ at: 'relay-1/bus.publish#1', kind: 'crash-before' }, '"relay-1" dies at its 1st bus.publish: it does not happen.'],
  [
    { at: 'relay-1/bus.publish#2', kind: 'crash-after' },
    '"relay-1" dies right after its 2nd bus.publish: it has happened, and nobody is left who knows.',
  ],
  [
    { at: 'relay-1/bus.publish#3', kind: 'error-before' },
    'the 3rd bus.publish of "relay-1" is refused: it does not happen, and the caller is told so.',
  ],
  [
    { at: 'relay-1/bus.publish#11', kind: 'error-after' },
    'the answer to the 11th bus.publish of "relay-1" is lost: it has happened, and the caller is told that it failed.',
  ],
  [
    { at: 'relay-1/bus.publish#22', kind: 'pause', ms: 45_000 },
    '"relay-1" stands still for 45,000 ms at its 22nd bus.publish: what it sent arrives, and wakes when others have gone on.',
  ],
  [
    { at: 'tick/relay-1#3', kind: 'pause', ms: 5_000 },
    '"relay-1" stands still for 5,000 ms at 300 ms, and wakes when others have gone on.',
  ],
  [{ at: 'bus/deliver#4', kind: 'duplicate' }, 'the 4th deliver of "bus" comes twice.'],
  [{ at: 'bus/deliver#112', kind: 'reorder' }, 'the 112th deliver of "bus" is held back: later ones overtake it.'],
  [{ at: 'tick/relay-1#12', kind: 'kill' }, '"relay-1" is killed at 1,200 ms.'],
  [{ at: 'tick/relay-1#1', kind: 'stop' }, '"relay-1" is stopped by its own code at 100 ms, and started again.'],
  [
    { at: 'tick/relay-1#1', kind: 'clock-jump', ms: -60_000 },
    'the wall clock of "relay-1" jumps by -60,000 ms at 100 ms.',
  ],
  [{ at: 'tick/bus#2', kind: 'down', ms: 2_000 }, '"bus" is down for 2,000 ms at 200 ms.'],
  [
    { at: 'relay-1/bus.publish#1', kind: 'partition', ms: 2_000 },
    'the way of "relay-1" is cut for 2,000 ms at its 1st bus.publish.',
  ],
];

test.each(sentences)('%o is told in plain English', (fault, sentence) => {
  expect(describeFault(fault)).toBe(sentence);
});

test('every kind of fault has its sentence here', () => {
  expect(new Set(sentences.map(([{ kind }]) => kind))).toEqual(new Set(faultKinds));
});

test('an address that is none is told as it is', () => {
  expect(describeFault({ at: 'somewhere', kind: 'kill' })).toContain('somewhere');
});
