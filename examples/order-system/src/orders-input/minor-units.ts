const AMOUNT = /^(0|[1-9]\d{0,9})(?:\.(\d{1,2}))?$/;

/**
 * A decimal amount as an integer in minor units, digit by digit, so that nothing is ever rounded: `"12.5"` is 1250.
 * `null` for everything else: a sign, an exponent, a comma, more than two decimals, more than ten digits before them.
 */
export function parseMinorUnits(text: string): number | null {
  const match = AMOUNT.exec(text);
  if (match === null) return null;
  const [, whole = '', decimals = ''] = match;
  return Number(whole) * 100 + Number(decimals.padEnd(2, '0'));
}

/** Minor units as people read them: 123456 is `1,234.56`. Takes BigInt for sums. */
export function formatMinorUnits(amount: number | bigint): string {
  const minor = BigInt(amount);
  const sign = minor < 0n ? '-' : '';
  const absolute = minor < 0n ? -minor : minor;
  return `${sign}${(absolute / 100n).toLocaleString('en')}.${String(absolute % 100n).padStart(2, '0')}`;
}
