import type { ConsumerSession, HeldMessage } from './consumer-session.ts';
import type { MessageBuffer } from './message-buffer.ts';

/** From 32 on that its queue has not answered, acks included, a channel gathers them, and the order in which they go back is lost. */
const AT_ONCE = 12;
/** How often to look whether the queue has taken them back, at most: others may take them as soon as it has. */
const MAX_LOOKS = 50;

export interface BufferRelease {
  readonly session: ConsumerSession;
  readonly buffer: MessageBuffer;
  /** How many messages may be taken to put them into their order. */
  readonly limit: number;
  /** Somebody pulls again. */
  readonly isWanted: () => boolean;
}

/**
 * Ends the consumption, and gives back what was pulled ahead, in its order. A pull that comes before the giving back begins
 * gets what is here instead.
 */
export async function releaseBuffer({ session, buffer, limit, isWanted }: BufferRelease): Promise<void> {
  await session.cancel();
  // A quorum queue puts what comes back before what it never gave out, but behind what came back before: that is later than
  // what is here, and is taken once more. So is what was on its way when the consumption ended, which came back at once.
  while (buffer.size > 0 && buffer.size < limit && !isWanted()) {
    const held = await session.takeFirst();
    if (held === null) break;
    buffer.add(held);
    if (!held.message.fields.redelivered) break;
  }
  if (isWanted() || !session.isAlive) return;
  const messages: HeldMessage[] = [];
  for (let held = buffer.take(); held !== undefined; held = buffer.take()) messages.push(held);
  for (let start = 0; start < messages.length; start += AT_ONCE) {
    await giveBack(session, messages.slice(start, start + AT_ONCE));
  }
}

async function giveBack(session: ConsumerSession, messages: readonly HeldMessage[]): Promise<void> {
  const before = await session.countReady();
  for (const held of messages) session.giveBack(held);
  for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
    if ((await session.countReady()) >= before + messages.length) return;
  }
}
