import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { SqlOrderTransport } from '../../src/transport/sql-order-transport.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { describeOrderTransport } from './describe-order-transport.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder[Symbol.dispose]());

describeOrderTransport('sql', {
  open: () => SqlOrderTransport.open(join(folder.path, 'broker.sqlite3')),
  leftovers: null,
});
