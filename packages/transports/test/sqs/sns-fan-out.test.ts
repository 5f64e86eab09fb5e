import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SystemClock } from '@holdfast/core';
import { SnsFanOut } from '@holdfast/transports/sns';
import { describe, expect, test } from 'vitest';
import { AwsRequests } from '../../src/aws/aws-requests.ts';
import type { FanOutTopic } from '../../src/aws/fan-out.ts';
import type { OutgoingEntry } from '../../src/aws/outgoing-entry.ts';
import { snsClient } from './aws-clients.ts';

interface XmlAnswer {
  readonly status?: number;
  readonly xml: string;
}

type XmlHandler = (form: URLSearchParams) => XmlAnswer;

const TOPIC = 'arn:aws:sns:eu-central-1:1:holdfast';

function result(action: string, xml: string): XmlAnswer {
  return { xml: `<${action}Response><${action}Result>${xml}</${action}Result></${action}Response>` };
}

function fault(status: number, code: string): XmlAnswer {
  return {
    status,
    xml: `<ErrorResponse><Error><Code>${code}</Code><Message>By a test.</Message></Error></ErrorResponse>`,
  };
}

const entry: OutgoingEntry = {
  body: 'text',
  attributes: { 'ce-type': 'order.placed' },
  bytes: 100,
  group: null,
  deduplicationId: null,
};

/** A topic over a server that answers as SNS does. */
async function withTopic(
  handlers: Readonly<Record<string, XmlHandler>>,
  use: (topic: FanOutTopic, forms: readonly URLSearchParams[]) => Promise<void>,
): Promise<void> {
  const forms: URLSearchParams[] = [];
  const create: XmlHandler = () => result('CreateTopic', `<TopicArn>${TOPIC}</TopicArn>`);
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    forms.push(form);
    const action = form.get('Action') ?? '';
    const handler = action === 'CreateTopic' ? create : handlers[action];
    const answer = handler?.(form) ?? fault(400, 'Unexpected');
    response.writeHead(answer.status ?? 200, { 'content-type': 'text/xml' });
    response.end(answer.xml);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const client = snsClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { maxAttempts: 1 });
  const requests = new AwsRequests({ clock: new SystemClock(), timeoutMs: 5_000 });
  try {
    await use(await new SnsFanOut(client).open({ name: 'holdfast', fifo: false, requests }), forms);
  } finally {
    client.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  }
}

describe('a topic of SNS', () => {
  test('F4.6: says of each entry what became of it', async () => {
    const failed = '<member><Id>1</Id><Code>InvalidParameter</Code><SenderFault>true</SenderFault></member>';
    const lost = '<member><Id>2</Id><Code>InternalError</Code><SenderFault>false</SenderFault></member>';
    const xml = `<Successful><member><Id>0</Id><MessageId>m</MessageId></member></Successful><Failed>${failed}${lost}</Failed>`;
    await withTopic({ PublishBatch: () => result('PublishBatch', xml) }, async (topic) => {
      const { receipts, isOutage } = await topic.send([entry, entry, entry, entry]);
      expect(receipts.map(({ outcome }) => outcome)).toEqual(['accepted', 'rejected', 'unknown', 'unknown']);
      expect(isOutage).toBe(false);
    });
  });

  const faults: readonly (readonly [string, number, string])[] = [
    ['Throttled', 429, 'unavailable'],
    ['KMSThrottling', 400, 'unavailable'],
    ['AuthorizationError', 403, 'unavailable'],
    ['InternalError', 500, 'unknown'],
    ['InvalidParameter', 400, 'rejected'],
  ];

  test.each(faults)('F4.2: %s (HTTP %i) makes a message %s', async (code, status, outcome) => {
    await withTopic({ PublishBatch: () => fault(status, code) }, async (topic) => {
      const { receipts, isOutage } = await topic.send([entry]);
      expect(receipts).toMatchObject([{ outcome }]);
      expect(isOutage).toBe(outcome !== 'rejected');
    });
  });

  test('subscribes queues raw, with a filter on the type as it is written', async () => {
    const arn = `<SubscriptionArn>${TOPIC}:s</SubscriptionArn>`;
    await withTopic({ Subscribe: () => result('Subscribe', arn) }, async (topic, forms) => {
      await topic.subscribe({ queueArn: 'arn:queue', filter: { attribute: 'ce-type', values: ['a.*', 'b'] } });
      await topic.subscribe({ queueArn: 'arn:all', filter: null });
      const [some, all] = forms.filter((form) => form.get('Action') === 'Subscribe').map((form) => [...form.values()]);
      expect(some).toEqual(expect.arrayContaining(['RawMessageDelivery', 'true', '{"ce-type":["a.*","b"]}']));
      expect(all).not.toContain('FilterPolicy');
    });
  });

  test('a subscription that is there with the same filter is found, with another one refused', async () => {
    const exists = 'Invalid parameter: Attributes Reason: Subscription already exists with different attributes';
    const member =
      '<member><SubscriptionArn>s</SubscriptionArn><Endpoint>arn:queue</Endpoint><Protocol>sqs</Protocol></member>';
    const policy = '{ &quot;ce-type&quot; : [ &quot;a&quot; ] }';
    const handlers: Readonly<Record<string, XmlHandler>> = {
      Subscribe: () => ({
        status: 400,
        xml: `<ErrorResponse><Error><Code>InvalidParameter</Code><Message>${exists}</Message></Error></ErrorResponse>`,
      }),
      ListSubscriptionsByTopic: () => result('ListSubscriptionsByTopic', `<Subscriptions>${member}</Subscriptions>`),
      GetSubscriptionAttributes: () =>
        result(
          'GetSubscriptionAttributes',
          `<Attributes><entry><key>FilterPolicy</key><value>${policy}</value></entry></Attributes>`,
        ),
    };
    await withTopic(handlers, async (topic) => {
      await topic.subscribe({ queueArn: 'arn:queue', filter: { attribute: 'ce-type', values: ['a'] } });
      const other = topic.subscribe({ queueArn: 'arn:queue', filter: { attribute: 'ce-type', values: ['b'] } });
      await expect(other).rejects.toThrow('already exists');
    });
  });

  test('counts only subscriptions of which it can say what passes', async () => {
    const policies: Readonly<Record<string, string>> = {
      ours: '{"ce-type":["a","b"]}',
      all: '',
      prefix: '{"ce-type":[{"prefix":"a"}]}',
      two: '{"ce-type":["a"],"other":["b"]}',
      broken: '{',
      gone: '',
      // Anybody may ask for one.
      PendingConfirmation: '',
    };
    const members = Object.keys(policies).map(
      (name) =>
        `<member><SubscriptionArn>${name}</SubscriptionArn><Endpoint>arn:${name}</Endpoint><Protocol>sqs</Protocol></member>`,
    );
    const mail =
      '<member><SubscriptionArn>mail</SubscriptionArn><Endpoint>a@b</Endpoint><Protocol>email</Protocol></member>';
    const handlers: Readonly<Record<string, XmlHandler>> = {
      ListSubscriptionsByTopic: () =>
        result('ListSubscriptionsByTopic', `<Subscriptions>${members.join('')}${mail}</Subscriptions>`),
      GetSubscriptionAttributes: (form) => {
        const name = form.get('SubscriptionArn') ?? '';
        if (name === 'gone') return fault(404, 'NotFound');
        if (name === 'PendingConfirmation') return fault(400, 'InvalidParameter');
        const policy = policies[name] ?? '';
        const attribute = `<entry><key>FilterPolicy</key><value>${policy.replaceAll('"', '&quot;')}</value></entry>`;
        return result('GetSubscriptionAttributes', `<Attributes>${policy === '' ? '' : attribute}</Attributes>`);
      },
    };
    await withTopic(handlers, async (topic) => {
      expect(await topic.subscriptions()).toEqual([
        { queueArn: 'arn:ours', filter: { attribute: 'ce-type', values: ['a', 'b'] } },
        { queueArn: 'arn:all', filter: null },
      ]);
    });
  });
});
