import { describeRelayOver } from './describe-relay-over.ts';
import { sqsWorld } from './sqs-world.ts';

describeRelayOver('SQS FIFO', () => sqsWorld());
