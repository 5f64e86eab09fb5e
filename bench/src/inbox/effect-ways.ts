import type pg from 'pg';

/** One way to call somebody outside so that a crash leaves a trace. `key` is a new one each time unless it is a repeat. */
export interface EffectWay {
  readonly name: string;
  perform(key: string): Promise<unknown>;
}

export interface ChargeResult {
  readonly chargeId: string;
}

export const BY_HAND = 'hand-written journal: insert, call, update';

/** The provider: it answers at once, so that only the journal is measured. */
export async function callProvider(key: string): Promise<ChargeResult> {
  return { chargeId: `ch_${key}` };
}

export const handWrittenJournalTable =
  'create table hand_written_journal (key text primary key, state text not null, result text, ' +
  'began_at timestamptz not null default now(), ended_at timestamptz)';

/** The least: what is intended before the call, what came of it after. It cannot tell who is at it, or what to do after a crash. */
export function handWrittenJournal(pool: pg.Pool): EffectWay {
  return {
    name: BY_HAND,
    perform: async (key) => {
      await pool.query({
        name: 'intend',
        text: "insert into hand_written_journal (key, state) values ($1, 'begun')",
        values: [key],
      });
      const result = await callProvider(key);
      await pool.query({
        name: 'keep',
        text: "update hand_written_journal set state = 'done', result = $2, ended_at = now() where key = $1",
        values: [key, JSON.stringify(result)],
      });
      return result;
    },
  };
}
