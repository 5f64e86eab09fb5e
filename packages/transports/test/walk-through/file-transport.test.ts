import { describeTransport } from '@holdfast/transports/testing';
import { describe, test } from 'vitest';
import { capabilities, openWorld } from './file-transport.ts';

describeTransport('FileTransport', openWorld, { describe, test, capabilities, without: ['network', 'restart'] });
