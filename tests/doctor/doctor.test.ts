import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import SQLite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { lockDatabase } from '../../src/database/lock.ts';
import { checksOf } from '../../src/doctor/checks.ts';
import { examine, mend, type Report } from '../../src/doctor/doctor.ts';
import { references } from '../../src/doctor/references.ts';
import { parseOperationId } from '../../src/ids.ts';
import { scratchFolder } from '../support/scratch.ts';
import { damagesTo } from './damages.ts';
import { copyOf, damage, makeHealthy, rowsOf, worksOn, type Healthy } from './healthy.ts';

const scratch = scratchFolder();
const healthyPath = join(scratch.path, 'healthy', 'lion.db');
let healthy: Healthy;
let copies = 0;

beforeAll(async () => {
  healthy = await makeHealthy(dirname(healthyPath));
}, 60_000);
afterAll(() => scratch[Symbol.dispose]());

/** A copy of the healthy database. */
const copy = (): string => copyOf(healthyPath, join(scratch.path, `copy-${++copies}`));

const faultsOf = ({ findings }: Report) => findings.filter(({ severity }) => severity === 'FAULT');
const namesOf = (report: Report): string[] =>
  faultsOf(report)
    .map(({ check }) => check)
    .toSorted();

/** Where a check found something. */
function placesOf(report: Report, check: string): string[] {
  const found = faultsOf(report).find((finding) => finding.check === check);
  return (found?.examples ?? []).map(
    ({ sessionId, operationId, seq }) => `${operationId ?? sessionId ?? ''}${seq === null ? '' : `@${seq}`}`,
  );
}

const like = (places: readonly string[]): unknown[] =>
  places.map((place) => (place.endsWith('@*') ? (expect.stringContaining(place.slice(0, -1)) as unknown) : place));

test('a database that a real Lion left in the midst of everything is sound', async () => {
  const report = examine(healthyPath);
  expect(report).toMatchObject({ database: healthyPath, heldBy: null, isSound: true, findings: [] });
  expect(report.contents!.events).toBeGreaterThan(60);
  const path = copy();
  const before = rowsOf(path);
  expect(await mend(path)).toEqual({
    backup: undefined,
    before: expect.anything(),
    after: expect.objectContaining({ isSound: true }),
  });
  expect(rowsOf(path)).toEqual(before);
  await worksOn(dirname(path), healthy);
  expect(examine(path)).toMatchObject({ isSound: true });
});

describe('damage is found where it is', () => {
  // The ids are only known once there is a database; what is damaged, and by which check it is found, before.
  const ids = new Proxy(
    {},
    { get: (_, name) => (/[sS]eq|pruned/.test(String(name)) ? 1 : 'op_' + '0'.repeat(28) + '_1') },
  ) as Healthy;
  const named = damagesTo(ids).map(({ check, mends }, index) => [index, check, mends ? 'mended' : 'left as it is'] as const);

  test.concurrent.each(named)('%i: %s, and is %s', async (index) => {
    const { check, also = [], sql, at, mends } = damagesTo(healthy)[index]!;
    const path = copy();
    damage(path, sql);
    const before = rowsOf(path);
    const report = examine(path);
    expect(namesOf(report)).toEqual([check, ...also].toSorted());
    expect(placesOf(report, check).toSorted()).toEqual(like(at.toSorted()));
    expect(faultsOf(report).find((finding) => finding.check === check)).toMatchObject(mends ? {} : { mendable: 0 });
    // Looking changes nothing.
    expect(rowsOf(path)).toEqual(before);

    const { backup, after } = await mend(path);
    if (backup !== undefined) {
      expect(dirname(backup)).toBe(dirname(path));
      expect(rowsOf(backup)).toEqual(before);
    }
    if (mends) {
      expect(backup).toBeDefined();
      expect(faultsOf(after)).toEqual([]);
      expect(examine(path)).toMatchObject({ isSound: true });
      await worksOn(dirname(path), healthy);
      expect(examine(path)).toMatchObject({ isSound: true });
    } else {
      expect(namesOf(after)).toContain(check);
      expect(placesOf(after, check).toSorted()).toEqual(like(at.toSorted()));
    }
  });

  test('and there is a kind of damage for each check', () => {
    const checked = checksOf(false).filter(({ severity }) => severity !== 'NOTE');
    expect([...new Set(named.map(([, check]) => check))].toSorted()).toEqual(checked.map(({ name }) => name).toSorted());
  });
});

test('each foreign key of the schema is looked at, and what is none, as it would be too slow', () => {
  const database = new SQLite(healthyPath, { readonly: true });
  const tables = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).pluck().all() as string[];
  const keys = tables.flatMap((table) => {
    const rows = database.pragma(`foreign_key_list("${table}")`) as { id: number; from: string; table: string }[];
    return [...new Set(rows.map(({ id }) => id))].map((id) => {
      const columns = rows.filter((row) => row.id === id);
      return `${table}(${columns.map(({ from }) => from).join()}) ${columns[0]!.table}`;
    });
  });
  database.close();
  keys.push('Event(sessionId,operation) Operation');
  expect(references.map(({ from, columns, to }) => `${from}(${columns.join()}) ${to}`).toSorted()).toEqual(keys.toSorted());
});

test('a file that is damaged is said to be, and is not touched', async () => {
  const path = copy();
  const database = new SQLite(path);
  // An index that does not know of a row.
  database.unsafeMode();
  database.pragma('writable_schema = ON');
  const { sql } = database.prepare(`SELECT "sql" FROM sqlite_schema WHERE "name" = 'Operation_status_readyAt_idx'`).get() as {
    sql: string;
  };
  database.exec(
    `UPDATE sqlite_schema SET "sql" = '${sql.replace('"status"', '"kind"')}' WHERE "name" = 'Operation_status_readyAt_idx'`,
  );
  database.close();
  const before = rowsOf(path);
  expect(examine(path)).toMatchObject({ isSound: false, contents: null, findings: [{ check: 'file', mendable: 0 }] });
  expect(await mend(path)).toMatchObject({ backup: undefined, after: { isSound: false } });
  expect(rowsOf(path)).toEqual(before);
});

test('several faults are mended together, also those that others hide, and what cannot be mended stays', async () => {
  const path = copy();
  const mendable = damagesTo(healthy).filter(
    ({ mends, check }) => mends && !['dangling-child', 'kept-for-nothing'].includes(check),
  );
  // Not those that are the same place twice.
  const chosen = mendable.filter(({ check }, index) => mendable.findIndex((other) => other.check === check) === index);
  for (const { sql } of chosen.filter(({ check }) => check !== 'operation-leftovers')) damage(path, sql);
  damage(path, `UPDATE "SessionHead" SET "lastSeq" = 900 WHERE "sessionId" = '${healthy.forked}'`);
  const { backup, before, after } = await mend(path);
  expect(before.findings.length).toBeGreaterThan(20);
  expect(existsSync(backup!)).toBe(true);
  expect(namesOf(after)).toEqual(['history-end']);
  expect(placesOf(after, 'history-end')).toEqual([`${healthy.forked}@900`]);
  await worksOn(dirname(path), healthy);
});

test('what is mended twice within a second has a backup for each time', async () => {
  using _ = { [Symbol.dispose]: () => void vi.useRealTimers() };
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-25T01:02:03Z') });
  const path = copy();
  for (const suffix of ['', '-2']) {
    damage(path, `UPDATE "Operation" SET "emits" = 7 WHERE "kind" = 'work'`);
    const before = rowsOf(path);
    const { backup, after } = await mend(path);
    expect([backup, after.isSound]).toEqual([path.replace('.db', `-before-mend-20261125T010203Z${suffix}.db`), true]);
    expect(rowsOf(backup!)).toEqual(before);
  }
});

test('a claim without a node is a fault of a Lion that works, and a note where none does; and a held database is not mended', async () => {
  const path = copy();
  const [sessionId, number] = [healthy.queue, parseOperationId(healthy.asking)!.number];
  damage(
    path,
    `UPDATE "SessionHead" SET "lastSeq" = "lastSeq" + 1 WHERE "sessionId" = '${sessionId}';
     INSERT INTO "Event" SELECT "sessionId", "lastSeq", 'OperationStarted', 1, '2026-11-25T00:00:00.000+00:00', ${number}, '{"attempt":9,"model":null}'
       FROM "SessionHead" WHERE "sessionId" = '${sessionId}';
     UPDATE "Operation" SET "status" = 'RUNNING', "attempt" = 9, "nodeId" = NULL WHERE "sessionId" = '${sessionId}' AND "number" = ${number};`,
  );
  const lock = lockDatabase(path);
  lock.announce('http://127.0.0.1:8000');
  const held = examine(path);
  expect(held).toMatchObject({ isSound: false, heldBy: { pid: process.pid, address: 'http://127.0.0.1:8000' } });
  expect(namesOf(held)).toEqual(['claim-without-node']);
  expect(placesOf(held, 'claim-without-node')).toEqual([healthy.asking]);
  damage(path, `UPDATE "SessionHead" SET "lastOperation" = 0 WHERE "sessionId" = '${healthy.main}'`);
  const before = rowsOf(path);
  await expect(mend(path)).rejects.toThrow(/held by the Lion with process id \d+, which listens on http:\/\/127/);
  expect(rowsOf(path)).toEqual(before);

  lock.release();
  const { after } = await mend(path);
  expect(after).toMatchObject({
    isSound: true,
    heldBy: null,
    findings: [{ check: 'claim-of-former-lion', severity: 'NOTE', count: 1 }],
  });
  await worksOn(dirname(path), healthy);
  expect(examine(path)).toMatchObject({ isSound: true, findings: [] });
});
