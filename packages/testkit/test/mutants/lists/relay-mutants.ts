import type { Mutant } from '../hunt/mutant.ts';

const sender = 'packages/outbox/src/relay/lane-sender.ts';
const publishWindow = 'packages/outbox/src/relay/publish-window.ts';
const reader = 'packages/outbox/src/relay/lane-reader.ts';
const recorder = 'packages/outbox/src/relay/progress-recorder.ts';
const requests = 'packages/outbox/src/relay/serve-requests.ts';
const lane = 'packages/outbox/src/relay/lane-relay.ts';

export const relayMutants: readonly Mutant[] = [
  {
    id: 'relay-lost-answer-is-accepted',
    what: 'a message whose receipt was lost counts as published',
    file: sender,
    find: "if (receipt.outcome === 'accepted') this.#accept(slot);",
    replace: "if (receipt.outcome === 'accepted' || receipt.outcome === 'unknown') this.#accept(slot);",
    world: 'relay',
  },
  {
    id: 'relay-unavailable-is-accepted',
    what: 'a message that the broker had no room for counts as published',
    file: sender,
    find: "if (receipt.outcome === 'accepted') this.#accept(slot);",
    replace: "if (receipt.outcome === 'accepted' || receipt.outcome === 'unavailable') this.#accept(slot);",
    world: 'relay',
  },
  {
    id: 'relay-publish-error-is-success',
    what: 'the error of a publish is swallowed, and its messages count as published',
    file: sender,
    find: "const unknown: Receipt = { outcome: 'unknown', reason: summarizeError(error) };",
    replace:
      "const unknown: Receipt = summarizeError(error) === '' ? { outcome: 'unknown', reason: '' } : { outcome: 'accepted' };",
    world: 'relay-rejecting',
  },
  {
    id: 'relay-rejected-is-dropped',
    what: 'a message that the broker refuses is dropped instead of parked',
    file: sender,
    find: "else if (receipt.outcome === 'rejected') this.#reject(slot, receiptReason(receipt.reason));",
    replace: "else if (receipt.outcome === 'rejected') this.#window.settle(slot);",
    world: 'relay-strict',
  },
  {
    id: 'relay-outage-parks',
    what: 'an outage counts against the message: it is parked as if the broker had refused it',
    file: sender,
    find: "else if (receipt.outcome === 'rejected') this.#reject(slot, receiptReason(receipt.reason));",
    replace: "else if (receipt.outcome !== 'unknown') this.#reject(slot, receiptReason(receipt.reason));",
    world: 'relay-strict',
  },
  {
    id: 'relay-cursor-before-receipts',
    what: 'the cursor moves when messages are sent, before their receipts',
    file: sender,
    find: '    if (open.length > 0) void this.#publish(open);',
    replace:
      '    for (const slot of open) this.#window.settle(slot);\n    this.#report();\n    if (open.length > 0) void this.#publish(open);',
    world: 'relay',
  },
  {
    id: 'relay-cursor-passes-holes',
    what: 'the cursor moves to the last receipt, over messages before it that have none',
    file: publishWindow,
    find: '    slot.state = DONE;\n    this.#advance();',
    replace:
      '    slot.state = DONE;\n    this.#advance();\n    this.#progress = cursorAt(slot.page, slot.entry.position);',
    world: 'relay',
  },
  {
    id: 'relay-cursor-skips-late-commits',
    what: 'the log is read by "position > last", which skips a transaction that commits late',
    file: reader,
    find: '{ ...this.#cursor, floor: floor() }',
    replace: '{ ...this.#cursor, floor: Math.max(floor(), this.#cursor.position) }',
    world: 'relay',
  },
  {
    id: 'relay-order-inverted-on-retry',
    what: 'a message that was not taken goes to the end of the queue',
    file: publishWindow,
    find: '    this.#next = this.#head;\n  }',
    replace:
      '    this.#slots.splice(this.#slots.indexOf(slot), 1);\n    this.#slots.push(slot);\n    this.#next = this.#head;\n  }',
    world: 'relay',
  },
  {
    id: 'relay-sends-on-after-lost-answer',
    what: 'after a lost answer it sends on without waiting for what is still in flight',
    file: sender,
    find: `      if (this.#window.inFlight > 0) return 0;
      this.#recover(this.#failure);
    }
    if (this.#window.queued === 0) return 0;
    const breaker = this.#blocked === null ? this.#options.breaker : this.#options.blockade;
    const permission = breaker.permission();`,
    replace: `      this.#recover(this.#failure);
      this.#options.breaker.succeed();
    }
    if (this.#window.queued === 0) return 0;
    const breaker = this.#blocked === null ? this.#options.breaker : this.#options.blockade;
    const permission = breaker.permission();`,
    world: 'relay',
  },
  {
    id: 'relay-not-strict',
    what: 'strict keys: the next message of a key is sent before the receipt of the one before',
    file: sender,
    find: 'if (passed.has(key) || this.#keysInFlight.has(key)) return false;',
    replace: 'if (passed.has(key)) return false;',
    world: 'relay-strict',
  },
  {
    id: 'relay-parked-tail-forgotten',
    what: 'messages behind a parked one are skipped without being parked',
    file: sender,
    find: "    this.#park(slot, 'behind', 'waits behind a rejected message of its key');",
    replace: '    this.#window.settle(slot);',
    world: 'relay-strict',
  },
  {
    id: 'relay-parked-key-overtaken',
    what: 'messages behind a parked one of their key are published at once',
    file: sender,
    find: "    if (policy === 'park' && key !== null) this.#parkedKeys.add(key);\n",
    replace: '',
    world: 'relay-strict',
  },
  {
    id: 'relay-parked-keys-forgotten-on-restart',
    what: 'a relay that takes a lane over does not ask which keys are held back',
    file: sender,
    find: 'this.#parkedKeys = new Set(options.parkedKeys);',
    replace: 'this.#parkedKeys = new Set();',
    world: 'relay-strict',
  },
  {
    id: 'relay-redrive-out-of-order',
    what: 'a redrive publishes all messages of a key at once: one that is refused again is overtaken',
    file: requests,
    find: '    if (keys.has(envelope.key)) return false;\n',
    replace: '',
    world: 'relay-strict',
  },
  {
    id: 'relay-redrive-releases-too-early',
    what: 'a key is released after its first parked message, while others of it are still parked',
    file: requests,
    find: 'released.push(...keys);',
    replace: 'released.push(...round.flatMap(({ entry }) => entry.envelope.key ?? []));',
    world: 'relay-strict',
  },
  {
    id: 'relay-redrive-unknown-is-done',
    what: 'a redriven message whose answer was lost leaves the parking',
    file: requests,
    find: "if (receipt?.outcome === 'accepted') done.push(entry);",
    replace: "if (receipt?.outcome !== 'rejected') done.push(entry);",
    world: 'relay-strict',
  },
  {
    id: 'relay-parked-lost-on-failed-write',
    what: 'parked messages are forgotten when the write that was to record them fails',
    file: recorder,
    find: '        this.#parked.unshift(...parked);\n',
    replace: '',
    world: 'relay-strict',
  },
  {
    id: 'relay-stop-leaves-a-read',
    what: 'stop does not wait for the read that is under way',
    file: lane,
    find: '      leaving.finally(() => reads),',
    replace: '      leaving,',
    world: 'relay',
  },
  {
    id: 'relay-breaker-stays-open',
    what: 'a probe that was given up with its lane keeps the breaker half-open for ever',
    file: sender,
    find: '    this.#options.breaker.cancel();\n  }\n\n  /**',
    replace: '  }\n\n  /**',
    world: 'relay',
  },
];
