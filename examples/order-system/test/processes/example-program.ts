import { ChildChannel } from '../../src/processes/child-channel.ts';

// A program for the tests: says its number back, unless it is told to end at once.
if (process.argv[2] === 'end') process.exit(1);
const channel = new ChildChannel<{ readonly say: number }, { readonly said: number }>({
  onMessage: ({ say }) => channel.send({ said: say }),
  onStop: () => channel.close(),
});
