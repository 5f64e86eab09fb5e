import assert from 'node:assert/strict';
import type { LaneClaim, LaneStore } from '../../store/lane-store.ts';
import type { LogCursor } from '../../store/log-cursor.ts';
import type { LogPage } from '../../store/log-page.ts';

/** More than any rule needs. */
const MOST_PAGES = 20_000;

/** Reads a lane as a relay does: page after page, recording each, from the newest floor. */
export class LaneWalk {
  readonly claim: LaneClaim;
  readonly #lanes: LaneStore;
  readonly #limit: number;
  #cursor: LogCursor;
  #pages = 0;

  constructor(lanes: LaneStore, claim: LaneClaim, limit: number) {
    this.#lanes = lanes;
    this.claim = claim;
    this.#limit = limit;
    this.#cursor = claim.cursor;
  }

  get cursor(): LogCursor {
    return this.#cursor;
  }

  /** The next page, recorded as dealt with. */
  async page(): Promise<LogPage> {
    this.#pages += 1;
    assert.ok(this.#pages < MOST_PAGES, 'a walk comes to an end');
    const page = await this.#lanes.read(this.claim, this.#cursor, this.#limit);
    assert.ok(page.entries.length <= this.#limit, 'a page has no more entries than asked for');
    const positions = page.entries.map((entry) => entry.position);
    assert.deepEqual(
      positions,
      positions.toSorted((a, b) => a - b),
      'a page is in order of position',
    );
    await this.settle(page.end);
    return page;
  }

  async settle(cursor: LogCursor): Promise<void> {
    const settled = await this.#lanes.settle(this.claim, { cursor, parked: [] });
    assert.ok(settled !== null, 'the holder records its progress');
    this.#cursor = { ...cursor, floor: settled.floor };
  }

  /** The ids of all pages until the store says that there is no more. */
  async rest(afterPage: () => Promise<void> = async () => {}): Promise<readonly string[]> {
    const ids: string[] = [];
    for (let more = true; more; ) {
      const page = await this.page();
      for (const { envelope } of page.entries) ids.push(envelope.id);
      more = page.more;
      if (more) await afterPage();
    }
    return ids;
  }
}
