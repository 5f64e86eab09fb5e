import { expect, test } from 'vitest';
import { ChildProgram, type ProgramEvent } from '../../src/processes/child-program.ts';

const file = new URL('./example-program.ts', import.meta.url);

function program(args: readonly string[] = []) {
  const events: ProgramEvent[] = [];
  const failure = Promise.withResolvers<Error>();
  let onSaid: (said: number, child: number) => void = () => {};
  const child = new ChildProgram<{ readonly say: number }, { readonly said: number }>({
    name: 'example',
    file,
    args: () => args,
    onMessage: ({ said }, { number }) => onSaid(said, number),
    onEvent: (event) => events.push(event),
    onFailure: failure.resolve,
  });
  /** Resolves with who answered. */
  const say = (number: number) =>
    new Promise<number>((resolve) => {
      onSaid = (said, from) => {
        if (said === number) resolve(from);
      };
      child.send({ say: number });
    });
  return { child, events, failure: failure.promise, say };
}

test('F13.2: a process that is killed is followed by the next one, and one that is stopped is not', async () => {
  const { child, events, say } = program();
  expect(child.send({ say: 0 })).toBe(false);
  child.start();
  expect(await say(1)).toBe(1);
  await child.kill();
  expect([await say(2), child.openCount]).toEqual([2, 1]);
  await child.stop();
  expect([child.startedCount, child.openCount, child.send({ say: 3 })]).toEqual([2, 0, false]);
  expect(events.map(({ type, number }) => [type, number])).toEqual([
    ['started', 1],
    ['ended', 1],
    ['started', 2],
    ['ended', 2],
  ]);
  expect(events[1]).toMatchObject({ signal: 'SIGKILL', expected: true });
});

test('a program that ends again and again without a word is given up', async () => {
  const { child, failure } = program(['end']);
  child.start();
  expect((await failure).message).toMatch(/The process of example ended 5 times by itself/);
  expect([child.startedCount, child.openCount]).toEqual([5, 0]);
});

test('one that is killed from outside, and worked in between, is not', async () => {
  const { child, events, say } = program();
  child.start();
  for (let kill = 1; kill <= 7; kill += 1) {
    expect(await say(kill)).toBe(kill);
    const started = events.findLast(({ type }) => type === 'started');
    process.kill(started?.type === 'started' ? (started.pid ?? 0) : 0, 'SIGKILL');
    while (child.startedCount === kill) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(await say(8)).toBe(8);
  await child.stop();
});
