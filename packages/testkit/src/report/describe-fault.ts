import type { Fault, FaultKind } from '../faults/fault.ts';

interface FaultPlace {
  /** The process, or what the place belongs to, in quotes. */
  readonly who: string;
  /** E.g. `1st payments.charge`. */
  readonly what: string;
  readonly label: string;
  readonly count: number;
  /** E.g. ` for 5,000 ms`; empty without a length. */
  readonly span: string;
}

const addressPattern = /^([^/]+)\/(.+)#(\d+)$/;
/** How often moments come, in virtual milliseconds. */
const MOMENT_MS = 100;

const sentences: Readonly<Record<FaultKind, (place: FaultPlace) => string>> = {
  'crash-before': ({ who, what }) => `${who} dies at its ${what}: it does not happen.`,
  'crash-after': ({ who, what }) =>
    `${who} dies right after its ${what}: it has happened, and nobody is left who knows.`,
  'error-before': ({ who, what }) => `the ${what} of ${who} is refused: it does not happen, and the caller is told so.`,
  'error-after': ({ who, what }) =>
    `the answer to the ${what} of ${who} is lost: it has happened, and the caller is told that it failed.`,
  pause: (place) => `${standing(place)}, and wakes when others have gone on.`,
  duplicate: ({ who, what }) => `the ${what} of ${who} comes twice.`,
  reorder: ({ who, what, span }) => `the ${what} of ${who} is held back${span}: later ones overtake it.`,
  kill: (place) => `"${place.label}" is killed ${moment(place)}.`,
  stop: (place) => `"${place.label}" is stopped by its own code ${moment(place)}, and started again.`,
  'clock-jump': (place) =>
    `the wall clock of "${place.label}" jumps${place.span.replace(' for', ' by')} ${moment(place)}.`,
  down: (place) => `"${place.label}" is down${place.span} ${moment(place)}.`,
  partition: ({ who, what, span }) => `the way of ${who} is cut${span} at its ${what}.`,
};

/** A fault as an English sentence. */
export function describeFault(fault: Fault): string {
  const { at, kind, ms } = fault;
  const [, place = at, label = '', count = '1'] = addressPattern.exec(at) ?? [];
  const span = ms === undefined ? '' : ` for ${ms.toLocaleString('en')} ms`;
  return sentences[kind]({
    who: `"${place}"`,
    what: `${ordinal(Number(count))} ${label}`,
    label: place === 'tick' ? label : place,
    count: Number(count),
    span,
  });
}

function standing({ who, what, label, count, span }: FaultPlace): string {
  if (who === '"tick"') return `"${label}" stands still${span} ${moment({ count })}`;
  return `${who} stands still${span} at its ${what}: what it sent arrives`;
}

function moment({ count }: Pick<FaultPlace, 'count'>): string {
  return `at ${(count * MOMENT_MS).toLocaleString('en')} ms`;
}

function ordinal(number: number): string {
  const tens = number % 100;
  const ending = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][number % 10] ?? 'th');
  return `${number}${ending}`;
}
