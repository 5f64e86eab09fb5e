import type { SagaInput } from '../decide/saga-input.ts';
import type { HistoryEntry } from '../store/history-entry.ts';

/** What moved an instance, as its history tells it. */
export type EntryCause = Pick<HistoryEntry, 'cause' | 'name' | 'messageSource' | 'messageId' | 'actor' | 'reason'>;

const NO_MESSAGE = { messageSource: null, messageId: null } as const;
const NOBODY = { actor: null, reason: null } as const;

export function entryCause(input: SagaInput): EntryCause {
  switch (input.kind) {
    case 'event': {
      const { type, source, id } = input.message;
      const message = { name: type, messageSource: source, messageId: id };
      if (input.forcedBy !== undefined) return { cause: 'operator', ...message, ...input.forcedBy };
      return { cause: 'event', ...message, ...NOBODY };
    }
    case 'timer':
      return { cause: 'timer', name: input.timer, ...NO_MESSAGE, ...NOBODY };
    case 'operator':
      return {
        cause: 'operator',
        name: input.action,
        messageSource: null,
        messageId: input.id ?? null,
        actor: input.actor,
        reason: input.reason,
      };
  }
}
