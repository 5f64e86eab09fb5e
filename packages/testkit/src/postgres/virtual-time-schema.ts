import { CLOCK } from './real-session.ts';

const timeOf = (microseconds: string) => `timestamptz 'epoch' + ${microseconds} * interval '1 microsecond'`;

/**
 * Functions of time that tell the virtual one. An unlogged sequence holds it: it is outside of transactions and snapshots, and setting it takes no
 * transaction id. `now()` is the time at which the transaction began, from a setting of the session.
 */
export const virtualTimeSchema = `
create unlogged sequence if not exists ${CLOCK} minvalue 0 cache 1;
create or replace function public.clock_timestamp() returns timestamptz language plpgsql volatile as
  $$ begin return (select ${timeOf('last_value')} from ${CLOCK}); end $$;
create or replace function public.statement_timestamp() returns timestamptz language plpgsql stable as
  $$ begin return (select ${timeOf('last_value')} from ${CLOCK}); end $$;
create or replace function public.transaction_timestamp() returns timestamptz language sql stable as
  $$ select ${timeOf("coalesce(nullif(current_setting('holdfast_testkit.now', true), ''), '1800000000000000')::bigint")} $$;
create or replace function public.now() returns timestamptz language sql stable as
  $$ select ${timeOf("coalesce(nullif(current_setting('holdfast_testkit.now', true), ''), '1800000000000000')::bigint")} $$;
select setval('${CLOCK}', 1800000000000000);
`;
