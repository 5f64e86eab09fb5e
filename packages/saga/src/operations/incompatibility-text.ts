import { quoted } from '@holdfast/core';
import type { Incompatibility } from './compatibility.ts';

const MAX_KEY_LENGTH = 60;

/** One sentence: saga, version, state, how many, which, why, and what to do. */
export function incompatibilityText(found: Omit<Incompatibility, 'message'>): string {
  const { saga, version, state, instances, sample } = found;
  const place =
    version === null || state === null
      ? `saga ${quoted(saga)} before the beginning`
      : `saga ${quoted(saga)} version ${version} in state ${quoted(state)}`;
  const keys = sample.map((key) => quoted(key, MAX_KEY_LENGTH)).join(', ');
  const over = found.isFinished ? 'finished ' : '';
  return `${instances} ${over}instance${instances === 1 ? '' : 's'} of ${place} (${keys}${
    instances > sample.length ? ', …' : ''
  }): ${reason(found)}.`;
}

function reason({ kind, names }: Omit<Incompatibility, 'message'>): string {
  const listed = names.map((name) => quoted(name)).join(', ');
  switch (kind) {
    case 'unknown-version':
      return 'that version is not among "definitions"; add it beside the newer ones, or migrate them';
    case 'unknown-state':
      return 'that version has no such state any more; bring it back and give the new definition a new version, or migrate them';
    case 'data':
      return `their data does not fit the schema at ${listed}; correct the schema, or give the definition a new version and migrate them`;
    case 'timer':
      return `timer ${listed} is set, and would be dropped when it runs out, since nothing takes it; let the state take it, or migrate them`;
    case 'parked-event':
      return `event ${listed} is parked, and no state takes it any more; let one take it, or migrate them`;
  }
}
