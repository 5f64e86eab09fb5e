import type { LineParser } from './line-parser.ts';
import type { PhysicalLine } from './line-splitter.ts';
import {
  attributable,
  type BadLine,
  checkedOrderLine,
  ORDER_LINE_FIELDS,
  type OrderLine,
  type RawOrderLine,
} from './order-line.ts';

/** Whose line it was, in a text that is not JSON. */
const ORDER_ID = /"orderId"\s*:\s*"([^"\\]*)"/;

/** Order lines of a JSON Lines file: one object per line. */
export class JsonOrderLines implements LineParser {
  push({ number, text, problem }: PhysicalLine): readonly (OrderLine | BadLine)[] {
    if (problem === null && text.trim() === '') return [];
    const fields = problem ?? parseFields(text);
    if (typeof fields !== 'string') return [checkedOrderLine(number, fields)];
    return [{ number, reason: fields, orderId: attributable(ORDER_ID.exec(text)?.[1]) }];
  }

  end(): readonly (OrderLine | BadLine)[] {
    return [];
  }
}

/** The fields as text, or what is wrong with them. */
function parseFields(text: string): RawOrderLine | string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text, keepNumbersAsText);
  } catch {
    // The parser's message quotes the line.
    return 'is not JSON';
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return 'is not a JSON object';
  const values = ORDER_LINE_FIELDS.map((field) => [
    field,
    Object.hasOwn(parsed, field) ? Reflect.get(parsed, field) : '',
  ]);
  const wrong = values.find(([, value]) => typeof value !== 'string' && value !== null);
  if (wrong !== undefined) return `${wrong[0]} is neither text nor a number`;
  return Object.fromEntries(values.map(([field, value]) => [field, String(value ?? '').trim()]));
}

/** A number as it was written: as a floating point number, 0.1 would no longer be 0.1. */
function keepNumbersAsText(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' ? (context?.source ?? String(value)) : value;
}
