import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineSplitter, MAX_LINE_BYTES, type PhysicalLine } from '../../src/orders-input/line-splitter.ts';

function split(...chunks: readonly (string | Buffer)[]): readonly PhysicalLine[] {
  const splitter = new LineSplitter();
  return [...chunks.flatMap((chunk) => splitter.push(Buffer.from(chunk))), ...splitter.end()];
}

test('lines are the same however the bytes are cut into chunks', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', '\n', '\r', 'é', '😀', '\u{feff}') }), fc.nat(), (text, cut) => {
      const bytes = Buffer.from(text);
      const at = bytes.length === 0 ? 0 : cut % bytes.length;
      expect(split(bytes.subarray(0, at), bytes.subarray(at))).toEqual(split(bytes));
    }),
  );
});

test('LF, CRLF, a byte order mark and a missing last line end make no difference', () => {
  const texts = (lines: readonly PhysicalLine[]) => lines.map(({ text }) => text);
  expect(texts(split('a\nb\n'))).toEqual(['a', 'b']);
  expect(texts(split('\u{feff}a\r\nb'))).toEqual(['a', 'b']);
});

test('lines are counted from 1, empty ones too', () => {
  expect(split('a\n\nb').map(({ number }) => number)).toEqual([1, 2, 3]);
});

test('a line that is too long is known by its start only, and the next one is whole', () => {
  const [long, next] = split('x'.repeat(MAX_LINE_BYTES), 'y'.repeat(MAX_LINE_BYTES), '\nnext');
  expect(long?.problem).toMatch(/longer than/);
  expect(long?.text).toHaveLength(MAX_LINE_BYTES);
  expect(next).toEqual({ number: 2, text: 'next', problem: null });
});

test('bytes that are not UTF-8 spoil their own line only', () => {
  const lines = split(Buffer.from([0x61, 0xff, 0x0a]), 'b\n', Buffer.from([0xc3]));
  expect(lines.map(({ problem }) => problem)).toEqual(['is not valid UTF-8', null, 'is not valid UTF-8']);
});
