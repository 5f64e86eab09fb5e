import { expect, test } from 'vitest';
import { forbiddenText } from '../hygiene/forbidden-text.ts';

const host = ['registry', 'npmjs', 'org'].join('.');
const machine = ['', 'home', 'somebody', 'holdfast'].join('/');

test('a machine path, a registry host and a merge conflict are found with their line', () => {
  const text = `fine\n${machine}\nhttps://${host}/pg\n${'<'.repeat(7)} HEAD\n`;
  expect(forbiddenText('a.md', text).map((problem) => problem.split(' contains ')[0])).toEqual([
    'a.md:2',
    'a.md:3',
    'a.md:4',
  ]);
});

test('URLs and relative paths are no machine paths', () => {
  expect(forbiddenText('a.md', 'see https://example.com/home/page and ./work/item, src/home/x')).toEqual([]);
});
