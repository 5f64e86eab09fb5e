import type { SyncSqlExecutor } from '@holdfast/sql';
import type { PulledBatch, PullOrder } from '../store/claim-store.ts';
import type { QueueRecord } from '../store/queue-record.ts';
import type { ClaimRow, ClaimTable } from './claim-table.ts';
import type { MessageTable } from './message-table.ts';

/** How many messages of busy lanes one pull passes, so that its time is bounded. */
const MAX_PASSED = 2_000;
/** How many claims that are due one pull looks at. */
const MAX_DUE = 64;
/** How many messages are looked at together, when the first ones were of busy lanes. */
const CHUNK = 500;

export interface TakingTables {
  readonly claims: ClaimTable;
  readonly messages: MessageTable;
}

/** What one pull has gathered. */
interface Gathered {
  readonly positions: number[];
  readonly deliveries: number[];
  upto: number | null;
  isCursorDone: boolean;
  more: boolean;
}

/**
 * Takes messages in three passes: a share of those that came back, then what is new, then again what came back as far as
 * there are places left. One claim row for all. Runs in the caller's transaction.
 */
export function takeMessages(tx: SyncSqlExecutor, order: PullOrder, tables: TakingTables): PulledBatch {
  const { queue, max, returnedShare } = order;
  const cursor = tables.claims.cursor(tx, queue.id);
  const isCursorDone = cursor?.open === 0;
  const gathered: Gathered = { positions: [], deliveries: [], upto: null, isCursorDone, more: false };
  const room = () => max - gathered.positions.length;
  takeDue(tx, { queue, room: Math.min(returnedShare, max), cursor, gathered }, tables);
  if (room() > 0) takeFresh(tx, { queue, room: room(), cursor, gathered }, tables);
  if (room() > 0) takeDue(tx, { queue, room: room(), cursor, gathered }, tables);
  const claim = record(tx, { queue, room: 0, cursor, gathered }, tables);
  const { positions, deliveries, more } = gathered;
  return { claim, rows: tables.messages.rows(tx, positions, deliveries), marks: null, more };
}

interface Pass {
  readonly queue: QueueRecord;
  readonly room: number;
  readonly cursor: ClaimRow | null;
  readonly gathered: Gathered;
}

function takeDue(
  tx: SyncSqlExecutor,
  { queue, room, cursor, gathered }: Pass,
  { claims, messages }: TakingTables,
): void {
  if (room === 0) return;
  let left = room;
  for (const due of claims.due(tx, queue.id, MAX_DUE)) {
    if (left === 0) {
      gathered.more = true;
      return;
    }
    const existing = messages.existing(tx, due.positions);
    const live = due.positions.flatMap((position, index) =>
      existing.has(position) ? [{ position, delivered: due.deliveries[index] ?? 0 }] : [],
    );
    for (const { position, delivered } of live.slice(0, left)) {
      gathered.positions.push(position);
      gathered.deliveries.push(delivered + 1);
    }
    const rest = live.slice(left);
    left -= live.length - rest.length;
    if (rest.length > 0) {
      const positions = rest.map(({ position }) => position);
      const deliveries = rest.map(({ delivered }) => delivered);
      claims.keep(tx, due.claim, { positions, deliveries, open: rest.length, leased: false });
    } else if (due.claim === cursor?.claim) {
      claims.empty(tx, due.claim);
      gathered.isCursorDone = true;
    } else claims.remove(tx, due.claim);
  }
}

/** In a queue with order, the first of every lane that has nothing before the cursor. */
function takeFresh(tx: SyncSqlExecutor, pass: Pass, tables: TakingTables): void {
  const { gathered, cursor } = pass;
  const wanted = gathered.positions.length + pass.room;
  let passed = 0;
  for (let chunk = pass.room; passed < MAX_PASSED; chunk = CHUNK) {
    const from = gathered.upto ?? cursor?.upto ?? 0;
    const before = gathered.positions.length;
    const looked = takeChunk(tx, { ...pass, room: wanted - before, from, chunk }, tables);
    passed += looked - (gathered.positions.length - before);
    if (looked < chunk || gathered.positions.length === wanted) return;
  }
  gathered.more = true;
}

/** Returns how many messages it looked at. */
function takeChunk(
  tx: SyncSqlExecutor,
  { queue, room, gathered, from, chunk }: Pass & { readonly from: number; readonly chunk: number },
  { messages }: TakingTables,
): number {
  const lanes = new Set<string>();
  let left = room;
  let looked = 0;
  for (const row of messages.after(tx, { queueId: queue.id, position: from, limit: chunk })) {
    if (left === 0) break;
    const position = Number(row.position);
    const lane = typeof row.lane === 'string' ? row.lane : null;
    const isBusy = lane !== null && (lanes.has(lane) || messages.isBusy(tx, queue.id, { lane, position: from }));
    if (lane !== null) lanes.add(lane);
    gathered.upto = position;
    looked += 1;
    if (isBusy) continue;
    gathered.positions.push(position);
    gathered.deliveries.push(1);
    left -= 1;
  }
  return looked;
}

/** Also when nothing was taken but the cursor moved. The claim that was the cursor goes when it has nothing left. */
function record(tx: SyncSqlExecutor, { queue, cursor, gathered }: Pass, { claims }: TakingTables): number {
  const { positions, deliveries, upto, isCursorDone } = gathered;
  if (positions.length === 0 && upto === null) return 0;
  const leased = positions.length > 0;
  const claim = claims.insert(tx, { queueId: queue.id, dueInMs: queue.leaseMs, leased, upto, positions, deliveries });
  if (upto !== null && cursor !== null && isCursorDone) claims.remove(tx, cursor.claim);
  return claim;
}
