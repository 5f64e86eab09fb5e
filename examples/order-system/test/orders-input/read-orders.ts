import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InputOrder } from '../../src/orders-input/input-order.ts';
import { OrdersFile } from '../../src/orders-input/orders-file.ts';

export interface ReadOrders {
  readonly orders: readonly InputOrder[];
  /** `LINE: REASON` */
  readonly rejected: readonly string[];
  readonly lineCount: number;
  readonly rejectedLineCount: number;
}

/** Reads a file with this content to its end. */
export async function readOrders(content: string | Buffer, name = 'orders.csv'): Promise<ReadOrders> {
  const folder = mkdtempSync(join(tmpdir(), 'order-system-test-'));
  try {
    const path = join(folder, name);
    writeFileSync(path, content);
    const rejected: string[] = [];
    const file = await OrdersFile.read(path, {
      onRejected: ({ number, reason }) => rejected.push(`${number}: ${reason}`),
    });
    try {
      const { lineCount, rejectedLineCount, orderCount } = file;
      const orders = [...file.orders()];
      if (orders.length !== orderCount) throw new Error(`${orderCount} orders announced, ${orders.length} read`);
      return { orders, rejected, lineCount, rejectedLineCount };
    } finally {
      file.close();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
