import { type Check, type Target, verdictOf } from './line.ts';

/** A number with three figures that count, thousands apart: `12,300`, `0.953`. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const digits = value === 0 ? 1 : Math.floor(Math.log10(Math.abs(value))) + 1;
  if (digits >= 3) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(3 - Math.max(0, digits));
}

export function formatSpread(spread: number | undefined): string {
  return spread === undefined ? '' : `±${Math.round(spread * 100)} %`;
}

export function formatTarget(target: Target): string {
  return 'least' in target ? `≥ ${formatLimit(target.least)}` : `≤ ${formatLimit(target.most)}`;
}

/** E.g. `0.97 × the second insert ±2 %, target ≥ 0.95: pass`. */
export function formatCheck(check: Check): string {
  const spread = check.spread === undefined ? '' : ` ${formatSpread(check.spread)}`;
  const target = check.target === undefined ? '' : `, target ${formatTarget(check.target)}: ${verdictOf(check)}`;
  return `${formatNumber(check.value)} ${check.of}${spread}${target}`;
}

function formatLimit(limit: number): string {
  return limit.toLocaleString('en-US', { maximumFractionDigits: 3 });
}
