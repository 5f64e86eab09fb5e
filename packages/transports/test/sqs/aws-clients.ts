import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';

const settings = { region: 'eu-central-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };

export interface ClientOptions {
  /** @default the client's */
  readonly maxAttempts?: number;
}

export function sqsClient(endpoint: string, options: ClientOptions = {}): SQSClient {
  return new SQSClient({ ...settings, endpoint, ...options });
}

export function snsClient(endpoint: string, options: ClientOptions = {}): SNSClient {
  return new SNSClient({ ...settings, endpoint, ...options });
}
