import { expect, test } from 'vitest';
import { auditTable } from '../../src/cli/audit-table.ts';
import { Progress, type ProgressStream } from '../../src/cli/progress.ts';

class Recorder implements ProgressStream {
  readonly isTTY: boolean;
  readonly columns = 40;
  text = '';

  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }

  write(text: string): void {
    this.text += text;
  }
}

/** What a terminal shows in the end. */
function shown(text: string): readonly string[] {
  return text.split('\n').map((line) => line.slice(line.lastIndexOf('\u001b[2K') + 1).replace(/^\[2K/, ''));
}

test('on a terminal one line changes at the bottom, and others stay above it', () => {
  const terminal = new Recorder(true);
  const progress = new Progress(terminal);
  progress.status('1 of 3');
  progress.line('something happened');
  progress.status('2 of 3');
  expect(shown(terminal.text)).toEqual([expect.stringMatching(/ s {2}something happened$/), '          2 of 3']);
  progress.end();
  expect(shown(terminal.text).at(-1)).toBe('');
});

test('the changing line is never wider than the terminal', () => {
  const terminal = new Recorder(true);
  new Progress(terminal).status('x'.repeat(100));
  expect(shown(terminal.text).at(-1)?.length).toBeLessThan(40);
});

test('elsewhere lines are plain, and the changing one is written now and then', () => {
  const pipe = new Recorder(false);
  const progress = new Progress(pipe);
  progress.status('1 of 3');
  progress.status('2 of 3');
  progress.line('something happened');
  progress.end();
  expect(pipe.text).not.toContain('\u001b');
  expect(pipe.text.split('\n').map((line) => line.slice(10))).toEqual(['1 of 3', 'something happened', '']);
});

test('the audit names what does not hold', () => {
  const invariants = [
    { name: 'short', ok: true, detail: 'fine' },
    { name: 'money is conserved', ok: false, detail: '1 order' },
  ];
  const table = auditTable(
    { accepted: 1_234, rejectedLines: 5, endings: [], invariants, ok: false },
    new Recorder(false),
  );
  expect(table.split('\n')).toEqual([
    '',
    'Audit',
    '  ok   short               fine',
    ' FAIL  money is conserved  1 order',
    '',
    '1 of 2 invariants do not hold: 1,234 orders accepted, 5 lines rejected.',
    '',
  ]);
});
