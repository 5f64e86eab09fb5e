import { hostileStrings } from '@holdfast/core/testing';
import { describe, expect, test } from 'vitest';
import { readOrders } from './read-orders.ts';

const HEADER = 'orderId,customerId,productId,quantity,unitPrice\n';

describe('whole files', () => {
  test('lines of one order are its items, wherever they are', async () => {
    const { orders, rejected } = await readOrders(`${HEADER}A,c,p-1,2,12.50\nB,d,p-1,1,1\nA,c,p-2,1,0.1\n`);
    expect(rejected).toEqual([]);
    expect(orders).toEqual([
      {
        orderId: 'A',
        customerId: 'c',
        items: [
          { productId: 'p-1', quantity: 2, unitPrice: 1250 },
          { productId: 'p-2', quantity: 1, unitPrice: 10 },
        ],
        lines: [2, 4],
      },
      { orderId: 'B', customerId: 'd', items: [{ productId: 'p-1', quantity: 1, unitPrice: 100 }], lines: [3] },
    ]);
  });

  test('byte order mark, CRLF, blank lines, quoting, more columns in any order make no difference', async () => {
    const { orders, rejected } = await readOrders(
      '\u{feff}note,UNITPRICE, quantity ,"productId",customerId,orderId\r\n\r\n' +
        '"line one\r\nline ""two""",1.99,3,"p, big",c,A\r\n   \r\n,2,1,p,c,A',
    );
    expect(rejected).toEqual([]);
    expect(orders).toHaveLength(1);
    expect(orders[0]?.items).toEqual([
      { productId: 'p, big', quantity: 3, unitPrice: 199 },
      { productId: 'p', quantity: 1, unitPrice: 200 },
    ]);
    expect(orders[0]?.lines).toEqual([3, 6]);
  });

  test('JSON Lines are known by what is in the file, and their numbers are taken digit by digit', async () => {
    const { orders, rejected } = await readOrders(
      '{"orderId":"A","customerId":7,"productId":"p","quantity":2,"unitPrice":0.29}\r\n\r\n' +
        '{"orderId":"A","customerId":"7","productId":"q","quantity":"1","unitPrice":"1.10","more":{"orderId":"B"}}\n',
      'orders.txt',
    );
    expect(rejected).toEqual([]);
    expect(orders[0]?.customerId).toBe('7');
    expect(orders[0]?.items.map(({ unitPrice }) => unitPrice)).toEqual([29, 110]);
  });

  test('many lines arrive in the order of the file', async () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `O-${index % 7_000},c,p-${index},1,1.00`);
    const { orders, lineCount } = await readOrders(HEADER + lines.join('\n'));
    expect(lineCount).toBe(20_000);
    expect(orders).toHaveLength(7_000);
    expect(orders[6_999]?.orderId).toBe('O-6999');
    expect(orders[0]?.lines).toEqual([2, 7_002, 14_002]);
  });

  test.each([
    ['an empty file', '', /empty/],
    ['blank lines alone', '\n \r\n', /empty/],
    ['no header', 'A,c,p,1,1.00\n', /no CSV header/],
    ['a header without a column', 'orderId,customerId,productId,quantity\n', /missing: unitPrice/],
    ['a column twice', `orderId,${HEADER}`, /orderId twice/],
    ['UTF-16', Buffer.from('\u{feff}orderId', 'utf16le'), /UTF-16/],
    ['a header that is not UTF-8', Buffer.from([0x61, 0xff, 0x0a]), /header is not valid UTF-8/],
    ['a header without an end', 'x'.repeat(100_000), /header is longer/],
  ])('%s is no file of orders', async (_what, content, message) => {
    await expect(readOrders(content)).rejects.toThrow(message);
  });

  test('a file that is not there, and a folder, are refused with the reason', async () => {
    const { OrdersFile } = await import('../../src/orders-input/orders-file.ts');
    const options = { onRejected: () => {} };
    await expect(OrdersFile.read('/no/such/file', options)).rejects.toThrow(/no such file/);
    await expect(OrdersFile.read('/', options)).rejects.toThrow(/folder/);
  });

  test('a header alone is a file without orders', async () => {
    expect(await readOrders(HEADER)).toMatchObject({ orders: [], rejected: [], lineCount: 0 });
  });
});

describe('bad lines', () => {
  test.each([
    [',c,p,1,1', 'orderId is missing'],
    ['B,c,p,1', 'has 4 fields, the header has 5'],
    ['B,c,p,1,1,', 'has 6 fields, the header has 5'],
    ['B,c,,1,1', 'productId is missing'],
    ['B,c,p,0,1', 'quantity "0" is not a whole number from 1 to 999999'],
    ['B,c,p,-1,1', 'quantity "-1" is not'],
    ['B,c,p,1.5,1', 'quantity "1.5" is not'],
    ['B,c,p,1000000,1', 'quantity "1000000" is not'],
    ['B,c,p,1,-5', 'unitPrice "-5" is not an amount'],
    ['B,c,p,1,1.005', 'unitPrice "1.005" is not an amount'],
    ['B,c,p,1,"1,50"', 'unitPrice "1,50" is not an amount'],
    [`B,c,${'p'.repeat(65)},1,1`, 'productId is longer than 64 characters'],
    ['B,c\u0000,p,1,1', 'customerId has control characters'],
    ['B,c,\u001b[31mp,1,1', 'productId has control characters'],
    ['B,c"d,p,1,1', 'has a quote in the wrong place'],
    ['B,"c"d,p,1,1', 'has a quote in the wrong place'],
    ['B,c,"p,1,1', 'has a quote that is not closed'],
  ])('%j is rejected with its number and the reason, and the rest goes on', async (line, reason) => {
    const { orders, rejected, lineCount, rejectedLineCount } = await readOrders(
      `${HEADER}A,c,p,1,1\n${line}\nC,c,p,1,1\n`,
    );
    expect(rejected).toEqual([expect.stringContaining(`3: ${reason}`)]);
    expect(orders.map(({ orderId }) => orderId)).toEqual(['A', 'C']);
    expect([lineCount, rejectedLineCount]).toEqual([3, 1]);
  });

  test.each([
    ['{"orderId":"B",', 'is not JSON'],
    ['[1]', 'is not a JSON object'],
    ['null', 'is not a JSON object'],
    ['"text"', 'is not a JSON object'],
    ['[', 'is not JSON'],
    ['['.repeat(30_000), 'is not JSON'],
    [
      '{"orderId":["B"],"customerId":"c","productId":"p","quantity":1,"unitPrice":1}',
      'orderId is neither text nor a number',
    ],
    [
      '{"orderId":"B","customerId":"c","productId":"p","quantity":true,"unitPrice":1}',
      'quantity is neither text nor a number',
    ],
    ['{"orderId":"B","customerId":null,"productId":"p","quantity":1,"unitPrice":1}', 'customerId is missing'],
    ['{"__proto__":{"orderId":"B"},"customerId":"c","productId":"p","quantity":1,"unitPrice":1}', 'orderId is missing'],
    [
      '{"orderId":"B","customerId":"c","productId":"p","quantity":1,"unitPrice":1e2}',
      'unitPrice "1e2" is not an amount',
    ],
    ['{"orderId":"B","customerId":"c","productId":"p","quantity":1.0,"unitPrice":1}', 'quantity "1.0" is not'],
    [
      '{"orderId":"B","customerId":"c","productId":"p","quantity":1,"unitPrice":0.10000000000000001}',
      'unitPrice "0.1000',
    ],
  ])('%j is rejected in JSON Lines', async (line, reason) => {
    const good = '{"orderId":"A","customerId":"c","productId":"p","quantity":1,"unitPrice":1}';
    const { orders, rejected } = await readOrders(`${good}\n${line}\n`, 'orders.jsonl');
    expect(rejected).toEqual([expect.stringContaining(`2: ${reason}`)]);
    expect(orders).toHaveLength(1);
  });

  test('a quote that is not closed costs its own line only, also when later lines have quotes', async () => {
    const { orders, rejected } = await readOrders(`${HEADER}A,c,"p,1,1\n"B",c,"p",1,1\nC,c,p,1,1\n`);
    expect(rejected).toEqual(['2: has a quote in the wrong place']);
    expect(orders.map(({ orderId }) => orderId)).toEqual(['B', 'C']);
  });

  test('a quote that is not closed does not swallow a long file', async () => {
    const rest = Array.from({ length: 500 }, (_, index) => `O-${index},c,p,1,1`).join('\n');
    const { orders, rejected } = await readOrders(`${HEADER}A,c,"p,1,1\n${rest}`);
    expect(rejected).toEqual(['2: has a quote that is not closed']);
    expect(orders).toHaveLength(500);
  });

  test('bytes that are not UTF-8 and lines that are too long are rejected, and the rest goes on', async () => {
    const { orders, rejected } = await readOrders(
      Buffer.concat([
        Buffer.from(`${HEADER}A,c\u00e9,p,1,1\nB,`),
        Buffer.from([0xff]),
        Buffer.from(`,p,1,1\nC,c,${'p'.repeat(70_000)},1,1\nD,c,p,1,1\n`),
      ]),
    );
    expect(rejected).toEqual(['3: is not valid UTF-8', '4: is longer than 65536 bytes']);
    expect(orders.map(({ orderId }) => orderId)).toEqual(['A', 'D']);
  });

  test('a reason shows no more than one short field, without control characters', async () => {
    const lines = hostileStrings.map((text) => `B,c,p,"${text.replaceAll('"', '""').repeat(20)}",1`);
    const { rejected } = await readOrders(HEADER + lines.join('\n'));
    for (const line of rejected) {
      expect(line).not.toMatch(/\p{Cc}/u);
      expect(line.length).toBeLessThan(300);
    }
  });
});

describe('half an order is worse than none', () => {
  test('an order with a bad line is rejected whole, and its good lines say why', async () => {
    const { orders, rejected, rejectedLineCount } = await readOrders(
      `${HEADER}A,c,p,1,1\nB,c,p,1,1\nA,c,p,0,1\nB,c,q,1,1\nA,c,q,1,1\n`,
    );
    expect(orders.map(({ orderId }) => orderId)).toEqual(['B']);
    expect(rejected).toEqual([
      expect.stringContaining('4: quantity "0"'),
      '2: rejected with its order "A", because of line 4',
      '6: rejected with its order "A", because of line 4',
    ]);
    expect(rejectedLineCount).toBe(3);
  });

  test('an order of two customers is rejected whole', async () => {
    const { orders, rejected } = await readOrders(`${HEADER}A,c,p,1,1\nA,d,p,1,1\n`);
    expect(orders).toEqual([]);
    expect(rejected).toEqual([
      '3: customerId "d" is not that of line 2 of the same order',
      '2: rejected with its order "A", because of line 3',
    ]);
  });

  test.each([
    ['a broken quote', Buffer.from('A,c,"p"x,1,1\n')],
    ['too few fields', Buffer.from('A,c\n')],
    ['bytes that are not UTF-8', Buffer.concat([Buffer.from('A,'), Buffer.from([0xff]), Buffer.from(',p,1,1\n')])],
    ['too long a line', Buffer.from(`A,c,${'p'.repeat(70_000)},1,1\n`)],
  ])('a line with %s still belongs to its order, when its start says which', async (_what, line) => {
    const { orders } = await readOrders(Buffer.concat([Buffer.from(`${HEADER}A,c,p,1,1\n`), line]));
    expect(orders).toEqual([]);
  });

  test('a line that is not JSON still belongs to its order, when it says which', async () => {
    const good = '{"orderId":"A","customerId":"c","productId":"p","quantity":1,"unitPrice":1}';
    expect((await readOrders(`${good}\n{"orderId": "A", "customer`, 'orders.jsonl')).orders).toEqual([]);
  });
});
