import { positionalStatement, positionalValues } from '@holdfast/sql';
import { describe, expect, test } from 'vitest';

describe('positionalStatement', () => {
  test('rewrites numbered placeholders in order', () => {
    const statement = positionalStatement('insert into t values (?1, ?2)');
    expect(statement.text).toBe('insert into t values (?, ?)');
    expect(positionalValues(statement, ['a', 'b'])).toEqual(['a', 'b']);
  });

  test('repeats and reorders values as the placeholders do', () => {
    const statement = positionalStatement('select ?2, ?1, ?2');
    expect(statement.text).toBe('select ?, ?, ?');
    expect(positionalValues(statement, ['a', 'b'])).toEqual(['b', 'a', 'b']);
  });

  test('leaves quoted text, quoted names and comments alone', () => {
    const text = `select '?1''?2', "?1", \`?1\`, [?1], /* ?1
?2 */ ?1 -- ?2`;
    expect(positionalStatement(text).text).toBe(text.replace('*/ ?1', '*/ ?'));
  });

  test('knows more than nine placeholders', () => {
    const statement = positionalStatement('select ?10, ?1');
    const values = Array.from({ length: 10 }, (_, index) => index);
    expect(positionalValues(statement, values)).toEqual([9, 0]);
  });

  test('is right for more texts than it keeps', () => {
    for (let round = 0; round < 2; round++) {
      for (let index = 0; index < 1_200; index++) {
        expect(positionalStatement(`select ?1 as c${index}`).text).toBe(`select ? as c${index}`);
      }
    }
  });
});
