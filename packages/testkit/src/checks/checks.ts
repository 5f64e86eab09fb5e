import { deadLettersAccounted } from './dead-letters-accounted.ts';
import { effectOnce } from './effect-once.ts';
import { money } from './money.ts';
import { noPhantom } from './no-phantom.ts';
import { nothingLeftAtRest } from './nothing-left-at-rest.ts';
import { nothingLost } from './nothing-lost.ts';
import { orderPerKey } from './order-per-key.ts';
import { sagasSettled } from './sagas-settled.ts';
import { stockConserved, stockNeverNegative } from './stock.ts';

/** Ready-made rules. Each takes functions that read what it needs from the facts of your world; messages name ids, and nothing of the data. */
export const check = {
  nothingLost,
  noPhantom,
  effectOnce,
  orderPerKey,
  money,
  stockNeverNegative,
  stockConserved,
  deadLettersAccounted,
  nothingLeftAtRest,
  sagasSettled,
};
