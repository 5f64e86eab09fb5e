import { quoted } from '@holdfast/core';
import type { InputItem } from './input-order.ts';
import { parseMinorUnits } from './minor-units.ts';

/** The fields of a line that we read; a line may have more. */
export const ORDER_LINE_FIELDS = ['orderId', 'customerId', 'productId', 'quantity', 'unitPrice'] as const;

export type OrderLineField = (typeof ORDER_LINE_FIELDS)[number];

/** The fields of a line as text; what is missing is undefined. */
export type RawOrderLine = Readonly<Partial<Record<OrderLineField, string>>>;

/** A line that is valid by itself. */
export interface OrderLine extends InputItem {
  readonly number: number;
  readonly orderId: string;
  readonly customerId: string;
}

/** A line that cannot be used. */
export interface BadLine {
  readonly number: number;
  /** Never the whole line. */
  readonly reason: string;
  /** Whose line it was, when that can be told. */
  readonly orderId: string | null;
}

const MAX_ID_LENGTH = 64;
const MAX_SHOWN = 32;
const REPLACEMENT_CHARACTER = '\u{fffd}';
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029\ufeff]/u;
const POSITIVE_WHOLE_NUMBER = /^[1-9]\d{0,5}$/;

/** Checks the fields of one line. */
export function checkedOrderLine(number: number, raw: RawOrderLine): OrderLine | BadLine {
  const problem = fieldProblem(raw);
  const { orderId = '', customerId = '', productId = '', quantity = '', unitPrice = '' } = raw;
  const price = parseMinorUnits(unitPrice);
  if (problem !== null || price === null) {
    return {
      number,
      reason: problem ?? amountProblem(unitPrice),
      orderId: idProblem(orderId) === null ? orderId : null,
    };
  }
  return { number, orderId, customerId, productId, quantity: Number(quantity), unitPrice: price };
}

export function isBadLine(line: OrderLine | BadLine): line is BadLine {
  return 'reason' in line;
}

/** The id when it could be one: what a line that cannot be read is attributed by. */
export function attributable(orderId: string | undefined): string | null {
  return orderId !== undefined && idProblem(orderId) === null ? orderId : null;
}

function fieldProblem(raw: RawOrderLine): string | null {
  const missing = ORDER_LINE_FIELDS.find((field) => (raw[field] ?? '') === '');
  if (missing !== undefined) return `${missing} is missing`;
  for (const field of ['orderId', 'customerId', 'productId'] as const) {
    const problem = idProblem(raw[field] ?? '');
    if (problem !== null) return `${field} ${problem}`;
  }
  const { quantity = '' } = raw;
  if (POSITIVE_WHOLE_NUMBER.test(quantity)) return null;
  return `quantity ${quoted(quantity, MAX_SHOWN)} is not a whole number from 1 to 999999`;
}

function idProblem(id: string): string | null {
  if (id === '') return 'is missing';
  if (id.length > MAX_ID_LENGTH) return `is longer than ${MAX_ID_LENGTH} characters`;
  if (id.includes(REPLACEMENT_CHARACTER)) return 'is not valid UTF-8';
  return UNPRINTABLE.test(id) ? 'has control characters' : null;
}

function amountProblem(unitPrice: string): string {
  return `unitPrice ${quoted(unitPrice, MAX_SHOWN)} is not an amount such as 12.50 (at most 9999999999.99)`;
}
