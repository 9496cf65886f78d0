import SQLite from 'better-sqlite3';
import { expect, it } from 'vitest';
import { noEnd, ownSegment, readEvents } from '../../src/history/past.ts';
import { frequentTypes, isMilestone, type Selection } from '../../src/history/selection.ts';
import type { EventType, NewEvent, StoredEvent } from '../../src/history/event.ts';
import { openTestLion } from '../support/lion.ts';
import { random } from '../support/random.ts';

it('the types that are not frequent are found by an index, of which the queries say what it says of itself', async () => {
  await using lion = await openTestLion();
  const database = new SQLite(lion.lion.database.path, { readonly: true });
  const [index] = database.prepare(`SELECT "sql" FROM sqlite_schema WHERE "name" = 'Event_milestones'`).pluck().all() as string[];
  expect(index).toContain(`WHERE ${isMilestone}`);
  const plan = database
    .prepare(
      `EXPLAIN QUERY PLAN SELECT "seq" FROM "Event"
       WHERE "sessionId" = ? AND "type" = ? AND ${isMilestone} AND "seq" > ? AND "seq" <= ? ORDER BY "seq" LIMIT ?`,
    )
    .all('ses', 'SessionUpdated', 0, 10, 5) as { detail: string }[];
  database.close();
  expect(plan.map(({ detail }) => detail)).toEqual([
    expect.stringMatching(
      /^SEARCH Event USING COVERING INDEX Event_milestones \(sessionId=\? AND type=\? AND seq>\? AND seq<\?\)/,
    ),
  ]);
});

it('whatever is selected, from wherever and in which direction: what is read is what a look at each event finds', async () => {
  await using lion = await openTestLion({ isMadeUp: true });
  const next = random(20261125);
  const below = (end: number) => Math.floor(next() * end);
  const some = <T>(values: readonly T[]): T[] => values.filter(() => next() < 0.4);
  const sessionId = await lion.lion.sessions.create(lion.lion.defaultProjectId, {});
  // More than is looked through at a time, of which the beginning has but a few.
  const types: readonly EventType[] = ['SessionUpdated', 'StepStarted', 'TextDelta', 'DataEmitted', 'InputExpired'];
  const events = Array.from({ length: 20_000 }, (_, n) => {
    const type = n > 12_000 || below(2000) === 0 ? types[below(types.length)]! : 'ReasoningDelta';
    // Around where one look ends and the next begins.
    if (n > 8180 && n < 8200) return { type: 'DataEmitted', operation: 9, payload: {} } as unknown as NewEvent;
    return { type, operation: type === 'SessionUpdated' ? null : below(5), payload: {} } as unknown as NewEvent;
  });
  await lion.lion.journal.append({ sessionId, decide: (draft) => draft.append(...events) });
  const history = { sessionId, segments: [ownSegment(sessionId)] };
  const all: StoredEvent[] = [];
  while (all.length <= events.length)
    all.push(...(await readEvents(lion.lion.database.reader, history, { after: all.length, showsRuns: false, take: 5000 })));
  expect(all.map(({ seq }) => seq)).toEqual(Array.from({ length: events.length + 1 }, (_, n) => n + 1));

  const takes = ({ operations, types: wanted }: Selection, { type, operation }: StoredEvent): boolean =>
    (operations?.includes(operation!) ?? true) && (wanted === undefined || wanted.includes(type));
  const kinds = { milestones: 0, others: 0 };
  for (let round = 0; round < 200; round++) {
    const selection: Selection = {
      ...(next() < 0.4 && { operations: next() < 0.3 ? [9] : some([0, 1, 2, 3, 4, 5]) }),
      ...(next() < 0.7 && { types: some(next() < 0.5 ? ['SessionUpdated', 'StepStarted', 'InputExpired'] : types) }),
    };
    kinds[selection.types?.some((type) => frequentTypes.includes(type)) === false ? 'milestones' : 'others']++;
    const [after, before] = [next() < 0.5 ? below(20) : below(events.length), next() < 0.3 ? noEnd : below(events.length + 10)];
    const [take, backward] = [1 + below(300), next() < 0.5];
    const between = all.filter((event) => event.seq > after && event.seq < before && takes(selection, event));
    const expected = (backward ? between.toReversed() : between).slice(0, take);
    const found = await readEvents(lion.lion.database.reader, history, {
      after,
      before,
      selection,
      take,
      backward,
      showsRuns: false,
    });
    expect({ selection, after, before, take, backward, found }).toEqual({
      selection,
      after,
      before,
      take,
      backward,
      found: expected,
    });
  }
  for (let after = 0; after < 20; after++) {
    const ofNine = all.filter(({ operation }) => operation === 9).map(({ seq }) => seq);
    for (const backward of [false, true]) {
      const range = { after, before: noEnd - after, selection: { operations: [9] }, take: 100, backward, showsRuns: false };
      const found = await readEvents(lion.lion.database.reader, history, range);
      expect(found.map(({ seq }) => seq)).toEqual(backward ? ofNine.toReversed() : ofNine);
    }
  }
  expect(Math.min(...Object.values(kinds))).toBeGreaterThan(20);
});
