import { encodeAttributes } from '@holdfast/core';
import type { LogRecord } from '../store/log-record.ts';

/** What comes after the number. */
export const TEXT_AFTER_NUMBER = '"}';

/**
 * The attributes as text, as they are stored; of a record that is to be numbered up to where its number goes, so that the
 * statement which draws the number puts it in by concatenation.
 */
export function textBeforeNumber({ envelope, stream }: LogRecord): string {
  if (stream === undefined) return encodeAttributes(envelope.attributes);
  return encodeAttributes({ ...envelope.attributes, sequence: '' }).slice(0, -TEXT_AFTER_NUMBER.length);
}
