import { SqsTransport, type SqsTransportOptions } from '@holdfast/transports/sqs';
import { tagsOf } from '../../src/sqs/queue-tags.ts';
import { type ClientOptions, sqsClient } from './aws-clients.ts';
import { AwsLikeServer } from './aws-like-server.ts';

export interface AwsLikeWorld extends AsyncDisposable {
  readonly server: AwsLikeServer;
  readonly transport: SqsTransport;
}

export interface AwsLikeWorldOptions extends Partial<SqsTransportOptions> {
  readonly leaseMs?: number;
  readonly client?: ClientOptions;
  readonly types?: readonly string[];
}

/** A transport over a server of the test's own, which has the queue `work` for `order.placed`. */
export async function awsLikeWorld({
  leaseMs = 30_000,
  client = { maxAttempts: 1 },
  types = ['order.placed'],
  ...options
}: AwsLikeWorldOptions = {}): Promise<AwsLikeWorld> {
  const properties = { queue: 'work', types, deadLetterQueue: 'work.dead-letter', leaseMs };
  const server = await AwsLikeServer.listen(
    tagsOf({ kind: 'queue', namespace: 'holdfast', delivery: 'direct', properties }),
  );
  const sqs = sqsClient(server.url, client);
  const transport = new SqsTransport({ sqs, longPollMs: 1_000, closeTimeoutMs: 1_000, ...options });
  return {
    server,
    transport,
    [Symbol.asyncDispose]: async () => {
      await transport.close();
      sqs.destroy();
      await server.close();
    },
  };
}
