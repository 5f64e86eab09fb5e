import { expect, test } from 'vitest';
import { alternate, type Contender } from '../src/harness/alternate.ts';

function contender(name: string, turns: string[], secondsPerRound: readonly number[]): Contender {
  let round = 0;
  return {
    name,
    round: async () => {
      turns.push(name);
      const seconds = secondsPerRound[round] ?? 1;
      round += 1;
      return { count: 100, seconds, nodeMicros: 200, serverMicros: 300 };
    },
  };
}

test('contenders take turns, and warm-up rounds do not count', async () => {
  const turns: string[] = [];
  const results = await alternate([contender('a', turns, [50, 1, 2, 1]), contender('b', turns, [50, 2, 4, 2])], {
    rounds: 3,
    warmUps: 1,
  });
  expect(turns.join('')).toBe('abababab');
  expect(results.perSecond('a').samples).toEqual([100, 50, 100]);
  expect(results.ratio('b', 'a')).toMatchObject({ median: 0.5, spread: 0 });
});

test('CPU is per message, and absent where no server was measured', async () => {
  const results = await alternate([contender('a', [], [])], { rounds: 1, warmUps: 0 });
  expect(results.nodeMicros('a').median).toBe(2);
  expect(results.serverMicros('a')?.median).toBe(3);
  const alone = { name: 'x', round: async () => ({ count: 1, seconds: 1, nodeMicros: 1, serverMicros: null }) };
  expect((await alternate([alone], { rounds: 1, warmUps: 0 })).serverMicros('x')).toBeNull();
});

test('two contenders of one name are refused, and so is a name that nobody has', async () => {
  const twice = [contender('a', [], []), contender('a', [], [])];
  await expect(alternate(twice, { rounds: 1, warmUps: 0 })).rejects.toThrow('same name');
  const results = await alternate([contender('a', [], [])], { rounds: 1, warmUps: 0 });
  expect(() => results.perSecond('b')).toThrow('"b"');
});
