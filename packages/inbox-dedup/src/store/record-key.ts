import type { MessageIdentity } from './message-identity.ts';

/** One text for one message: the lengths make it unambiguous, whatever the parts contain. */
export function recordKey({ consumer, source, id }: MessageIdentity): string {
  return `${consumer.length}:${source.length}:${consumer}${source}${id}`;
}
