import { rabbitmqctl } from './rabbitmqctl.ts';

const everyQueueHasOne = `
  Queues = [Q || Q <- rabbit_amqqueue:list(), amqqueue:get_type(Q) =:= rabbit_quorum_queue],
  HasLeader = fun(Q) -> ra_leaderboard:lookup_leader(element(1, amqqueue:get_pid(Q))) =/= undefined end,
  Wait = fun Wait(0) -> timeout; Wait(N) ->
    case lists:all(HasLeader, Queues) of true -> ready; false -> timer:sleep(20), Wait(N - 1) end end,
  Wait(500).`;

/**
 * Waits until the quorum queues of a broker that came up again have elected their leaders, up to 10 seconds. One that the kill took keeps
 * its name but never gets a leader, and RabbitMQ 3.10 then answers neither who reads from it nor who publishes to it.
 * @throws Error when a queue was lost; it says what to do about that
 */
export async function awaitQuorumLeaders(env: NodeJS.ProcessEnv): Promise<void> {
  const answer = await rabbitmqctl(env, ['eval', everyQueueHasOne]);
  if (answer.includes('ready')) return;
  throw new Error(
    'A quorum queue was lost in the kill: call syncQueues() after the declaration of queues, before the kill.',
  );
}
