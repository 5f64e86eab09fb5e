import { HoldfastError, quoted } from '@holdfast/core';
import type { MessageIdentity } from '../store/message-identity.ts';

/**
 * A message came under the id of another one: same source and id, other type or body. It is not a duplicate: dropping it would lose
 * it, applying it would hide a sender that reuses ids, or an attacker. Nothing was applied.
 */
export class IdReusedError extends HoldfastError {
  readonly code = 'ERR_INBOX_ID_REUSED';
  override readonly failureClass = 'permanent';
  readonly identity: MessageIdentity;

  constructor(identity: MessageIdentity) {
    super(
      `Message ${quoted(identity.id)} from ${quoted(identity.source)} was applied by consumer ${quoted(identity.consumer)} ` +
        'before, with another type or body. Find out why its sender gave one id to two messages.',
    );
    this.identity = identity;
  }
}
