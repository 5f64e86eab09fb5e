import type { SqliteHandle } from '../sqlite/open-database.ts';

/** How orders can end, each in one way. */
export const ENDINGS = [
  'completed',
  'payment failed',
  'stock failed, refunded',
  'delivery failed, released and refunded',
  'no answer in time, undone',
  'no answer in time, its late success undone, too',
  'undoing failed, resumed by a person',
  'reviewed and cancelled',
  'cancelled otherwise',
  'waits for a person',
] as const;

export type Ending = (typeof ENDINGS)[number];

/** Of a run that was cut off: it is still to be carried out or undone. */
const NOT_OVER = 'not over';

export interface EndingCount {
  readonly ending: Ending | typeof NOT_OVER;
  readonly orders: number;
  /** One of them. */
  readonly example: string | null;
}

interface EndedOrder {
  readonly orderId: string;
  readonly kind: string;
  readonly state: string;
  readonly step: string | null;
  readonly cause: string | null;
  /** Whether it ever waited for a person who resumes what could not be undone. */
  readonly stoodStill: number;
  /** Whether a step that was given up succeeded after all. */
  readonly late: number;
}

/** How the orders have ended, by their sagas and what these remember. */
export function endingsOf(db: SqliteHandle): readonly EndingCount[] {
  const orders = db
    .prepare<[], EndedOrder>(
      `select s.key as orderId, s.kind, s.state,
         json_extract(s.data, '$.failure.step') as step, json_extract(s.data, '$.failure.cause') as cause,
         exists (select 1 from holdfast_saga_history h
           where h.saga = s.saga and h.key = s.key and h.to_state like '%:compensation_failed') as stoodStill,
         exists (select 1 from holdfast_saga_history h
           where h.saga = s.saga and h.key = s.key and h.label = 'late success') as late
       from holdfast_saga s where s.saga = 'order'`,
    )
    .all();
  const byEnding = Map.groupBy(orders, endingOf);
  return ([...ENDINGS, NOT_OVER] as const).map((ending) => {
    const ended = byEnding.get(ending) ?? [];
    return { ending, orders: ended.length, example: ended[0]?.orderId ?? null };
  });
}

const BY_FAILED_STEP: Readonly<Record<string, Ending>> = {
  payment: 'payment failed',
  stock: 'stock failed, refunded',
  delivery: 'delivery failed, released and refunded',
  held: 'reviewed and cancelled',
};

function endingOf({ kind, state, step, cause, stoodStill, late }: EndedOrder): EndingCount['ending'] {
  if (kind !== 'final') return kind === 'attention' ? 'waits for a person' : NOT_OVER;
  if (state === 'completed') return 'completed';
  if (stoodStill === 1) return 'undoing failed, resumed by a person';
  if (late === 1) return 'no answer in time, its late success undone, too';
  if (cause === 'timeout') return 'no answer in time, undone';
  const isDecided = cause === 'failure' || step === 'held';
  return (isDecided ? BY_FAILED_STEP[step ?? ''] : undefined) ?? 'cancelled otherwise';
}
