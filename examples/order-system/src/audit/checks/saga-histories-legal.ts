import type { HistoryCause, SagaDefinition, TransitionDefinition } from '@holdfast/saga';
import { orderSaga } from '../../order/order-saga.ts';
import { type Check, Violations } from '../invariant.ts';

interface Entry {
  readonly key: string;
  readonly number: number;
  readonly cause: HistoryCause;
  readonly name: string;
  readonly fromState: string | null;
  readonly toState: string;
  readonly label: string | null;
  readonly actor: string | null;
  readonly reason: string | null;
}

const MAX_EXAMPLES = 3;

/**
 * Every recorded transition is one that the definition has, each begins where the one before ended, their numbers have no gaps, the last one
 * leads to where the saga is, and what a person did says who and why.
 */
export const sagaHistoriesLegal: Check = (db) => {
  const definition: SagaDefinition = orderSaga();
  const entries = db
    .prepare<[], Entry>(
      `select key, number, cause, name, from_state as fromState, to_state as toState, label, actor, reason
       from holdfast_saga_history where saga = 'order' order by key, number`,
    )
    .iterate();
  const wrong = { edges: new Set<string>(), chains: new Set<string>(), actors: new Set<string>() };
  let before: Entry | null = null;
  let transitions = 0;
  for (const entry of entries) {
    transitions += 1;
    const previous: Entry | null = before?.key === entry.key ? before : null;
    if (!hasEdge(definition, entry)) wrong.edges.add(entry.key);
    if (entry.number !== (previous?.number ?? 0) + 1) wrong.chains.add(entry.key);
    if (entry.fromState !== (previous?.toState ?? null)) wrong.chains.add(entry.key);
    if (entry.cause === 'operator' && (entry.actor === null || entry.reason === null)) wrong.actors.add(entry.key);
    before = entry;
  }
  return new Violations()
    .add(wrong.edges.size, 'sagas with a transition that their definition does not have', examples(wrong.edges))
    .add(wrong.chains.size, 'sagas whose history has a gap', examples(wrong.chains))
    .add(wrong.actors.size, 'sagas that somebody moved without a name or a reason', examples(wrong.actors))
    .query(
      db,
      'sagas that are not where their history ends',
      `select s.key from holdfast_saga s left join holdfast_saga_history h
         on h.saga = s.saga and h.key = s.key and h.number = s.transitions
       where h.to_state is not s.state`,
    )
    .query(
      db,
      'messages in a history that were not sent',
      `select json_extract(m.value, '$.id') from holdfast_saga_history h, json_each(h.sent) m
       where not exists (select 1 from sent_message s where s.id = json_extract(m.value, '$.id') and s.key = h.key)`,
    )
    .query(
      db,
      'messages that were sent and are in no history',
      `select s.id from sent_message s where s.type <> 'order.created' and s.id not in
         (select json_extract(m.value, '$.id') from holdfast_saga_history h, json_each(h.sent) m)`,
    )
    .invariant('every saga kept to its definition', `${transitions.toLocaleString('en')} transitions`);
};

function hasEdge(definition: SagaDefinition, { cause, name, fromState, toState, label }: Entry): boolean {
  return transitionsOf(definition, { cause, name, fromState }).some(
    (transition) => (transition.to ?? fromState) === toState && transition.label === label,
  );
}

function transitionsOf(
  definition: SagaDefinition,
  { cause, name, fromState }: Pick<Entry, 'cause' | 'name' | 'fromState'>,
): readonly TransitionDefinition[] {
  const event = definition.eventName(name) ?? '';
  if (fromState === null) return (cause === 'event' && definition.start.get(event)) || [];
  const state = definition.states.get(fromState);
  if (cause === 'event') return state?.events.get(event) ?? [];
  if (cause === 'timer') return state?.timers.get(name)?.transitions ?? [];
  if (cause !== 'operator') return [];
  // A person may also have had an event happen.
  return state?.operator.get(name) ?? state?.events.get(event) ?? [];
}

function examples(keys: ReadonlySet<string>): readonly string[] {
  return [...keys].slice(0, MAX_EXAMPLES);
}
