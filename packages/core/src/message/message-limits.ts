import { integerOption } from '../options/integer-option.ts';

/** Limits of a message, the same at both ends. */
export interface MessageLimits {
  /** Body size in bytes. @default 262_144 */
  readonly maxBytes: number;
  /** How deep arrays and objects nest in the data. @default 64 */
  readonly maxDepth: number;
  /** How many attributes besides `id`, `source`, `type` and the key. @default 64 */
  readonly maxHeaders: number;
  /** Size of one attribute, name and value, in bytes. @default 1024 */
  readonly maxHeaderBytes: number;
}

export const defaultMessageLimits: MessageLimits = Object.freeze({
  maxBytes: 256 * 1024,
  maxDepth: 64,
  maxHeaders: 64,
  maxHeaderBytes: 1024,
});

/** The limits given, completed with the defaults. @throws InvalidOptionError */
export function messageLimits(limits: Partial<MessageLimits> = {}): MessageLimits {
  return {
    maxBytes: integerOption('limits.maxBytes', limits.maxBytes, { min: 1, default: defaultMessageLimits.maxBytes }),
    // Data is checked by recursion; this bound keeps it far from the end of the stack.
    maxDepth: integerOption('limits.maxDepth', limits.maxDepth, {
      min: 1,
      max: 512,
      default: defaultMessageLimits.maxDepth,
    }),
    maxHeaders: integerOption('limits.maxHeaders', limits.maxHeaders, {
      min: 8,
      default: defaultMessageLimits.maxHeaders,
    }),
    maxHeaderBytes: integerOption('limits.maxHeaderBytes', limits.maxHeaderBytes, {
      min: 256,
      default: defaultMessageLimits.maxHeaderBytes,
    }),
  };
}
