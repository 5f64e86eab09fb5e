import { type Envelope, MessageEncoder, type Receipt } from '@holdfast/core';
import { ManualClock } from '@holdfast/core/testing';
import { expect, test } from 'vitest';
import { IpcPublisher } from '../../src/relay-process/ipc-publisher.ts';
import type { ParentChannel } from '../../src/relay-process/parent-channel.ts';
import type { FromRelay, ToRelay } from '../../src/relay-process/process-messages.ts';
import { PublishEndpoint } from '../../src/relay-process/publish-endpoint.ts';

const encoder = new MessageEncoder({ source: '/orders' });
const envelope = (key = 'k'): Envelope => encoder.encode({ type: 't', data: {}, key });
const accepted: Receipt = { outcome: 'accepted' };

/** A channel whose other end is the test. */
class TestChannel implements ParentChannel {
  connected = true;
  readonly sent: Extract<FromRelay, { kind: 'publish' }>[] = [];
  failNext = false;
  #onMessage: ((message: ToRelay) => void)[] = [];
  #onDisconnect: (() => void)[] = [];

  send(message: FromRelay, onSent: (error: Error | null) => void): void {
    if (message.kind === 'publish') this.sent.push(message);
    onSent(this.failNext ? new Error('planted') : null);
  }

  on(event: 'message' | 'disconnect', listener: (message: ToRelay) => void): void {
    if (event === 'message') this.#onMessage.push(listener);
    else this.#onDisconnect.push(listener as () => void);
  }

  answer(message: ToRelay): void {
    for (const listener of this.#onMessage) listener(message);
  }

  lose(): void {
    this.connected = false;
    for (const listener of this.#onDisconnect) listener();
  }
}

function publisherOn(channel: TestChannel) {
  const clock = new ManualClock();
  return { clock, publisher: new IpcPublisher({ channel, clock, deadlineMs: 1_000 }) };
}

test('receipts reach the call that they belong to, in whatever order they come', async () => {
  const channel = new TestChannel();
  const { clock, publisher } = publisherOn(channel);
  const first = publisher.publish([envelope()]);
  const second = publisher.publish([envelope(), envelope()]);
  channel.answer({ kind: 'receipts', call: 2, receipts: [accepted, accepted] });
  channel.answer({ kind: 'receipts', call: 1, receipts: [{ outcome: 'rejected', reason: 'r' }] });
  channel.answer({ kind: 'receipts', call: 1, receipts: [accepted] });
  expect(await second).toEqual([accepted, accepted]);
  expect(await first).toEqual([{ outcome: 'rejected', reason: 'r' }]);
  expect(clock.sleeping).toBe(0);
});

test('F4.5: what has no receipt when the channel is lost is unknown', async () => {
  const channel = new TestChannel();
  const { clock, publisher } = publisherOn(channel);
  const pending = publisher.publish([envelope(), envelope()]);
  channel.lose();
  expect((await pending).map(({ outcome }) => outcome)).toEqual(['unknown', 'unknown']);
  expect((await publisher.publish([envelope()]))[0]?.outcome).toBe('unavailable');
  expect(clock.sleeping).toBe(0);
});

test('a call settles within its deadline, and when its signal says so', async () => {
  const channel = new TestChannel();
  const { clock, publisher } = publisherOn(channel);
  const late = publisher.publish([envelope()]);
  await clock.advance(1_000);
  expect((await late)[0]?.outcome).toBe('unknown');

  const abort = new AbortController();
  const aborted = publisher.publish([envelope()], { signal: abort.signal });
  abort.abort();
  expect((await aborted)[0]?.outcome).toBe('unknown');
  expect((await publisher.publish([envelope()], { signal: abort.signal }))[0]?.outcome).toBe('unavailable');
  expect(clock.sleeping).toBe(0);
});

test('a message that the channel did not take is unknown', async () => {
  const channel = new TestChannel();
  channel.failNext = true;
  const { publisher } = publisherOn(channel);
  expect((await publisher.publish([envelope()]))[0]?.outcome).toBe('unknown');
});

test('no message that was sent before a failure was heard of is taken, or it would overtake the failed one', async () => {
  const channel = new TestChannel();
  const { publisher } = publisherOn(channel);
  const taken: Envelope[] = [];
  let isUp = false;
  const answers: ToRelay[] = [];
  const endpoint = new PublishEndpoint(
    {
      publish: async (batch) => {
        if (!isUp) return batch.map(() => ({ outcome: 'unavailable', reason: 'down' }));
        taken.push(...batch);
        return batch.map(() => accepted);
      },
    },
    (answer) => answers.push(answer),
  );
  const [first, second, third] = [envelope(), envelope(), envelope()];
  const receipts = [publisher.publish([first]), publisher.publish([second])];
  await endpoint.receive(channel.sent[0]!);
  // The broker comes back before the relay has heard that it was away.
  isUp = true;
  await endpoint.receive(channel.sent[1]!);
  for (const answer of answers) channel.answer(answer);
  expect((await Promise.all(receipts)).map(([receipt]) => receipt?.outcome)).toEqual(['unavailable', 'unavailable']);
  expect(taken).toEqual([]);

  const again = publisher.publish([first, second, third]);
  await endpoint.receive(channel.sent[2]!);
  channel.answer(answers[2]!);
  expect(await again).toEqual([accepted, accepted, accepted]);
  expect(taken.map(({ id }) => id)).toEqual([first.id, second.id, third.id]);
});

test('attributes arrive without a prototype', async () => {
  const taken: Envelope[] = [];
  const endpoint = new PublishEndpoint(
    {
      publish: async (batch) => {
        taken.push(...batch);
        return [accepted];
      },
    },
    () => {},
  );
  await endpoint.receive({ kind: 'publish', call: 1, failuresHeard: 0, batch: [structuredClone(envelope())] });
  expect(Object.getPrototypeOf(taken[0]!.attributes)).toBeNull();
  expect(taken[0]!.attributes['datacontenttype']).toBe('application/json');
});
