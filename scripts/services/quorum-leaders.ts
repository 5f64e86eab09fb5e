import { rabbitmqctl } from './rabbitmqctl.ts';

const everyQueueHasOne = `
  Queues = [Q || Q <- rabbit_amqqueue:list(), amqqueue:get_type(Q) =:= rabbit_quorum_queue],
  HasLeader = fun(Q) -> ra_leaderboard:lookup_leader(element(1, amqqueue:get_pid(Q))) =/= undefined end,
  Wait = fun Wait(0) -> timeout; Wait(N) ->
    case lists:all(HasLeader, Queues) of true -> ready; false -> timer:sleep(20), Wait(N - 1) end end,
  Wait(500).`;

/**
 * Waits until the broker's quorum queues have elected their leaders, up to 10 seconds. A broker that came up accepts connections before,
 * and RabbitMQ 3.10 never answers who then asks such a queue for messages.
 */
export async function awaitQuorumLeaders(env: NodeJS.ProcessEnv): Promise<void> {
  const answer = await rabbitmqctl(env, ['eval', everyQueueHasOne]);
  if (answer.includes('ready')) return;
  throw new Error(
    'A quorum queue was lost in the kill: call syncQueues() after the declaration of queues, before the kill.',
  );
}
