import { existsSync } from 'node:fs';
import { backUp } from '../database/backup.ts';
import { unusable } from '../database/client.ts';
import { DatabaseUnusableError, type DatabaseOwner } from '../database/errors.ts';
import { beginExamination, type Examination } from '../database/examination.ts';
import { lockDatabase, ownerOf } from '../database/lock.ts';
import { operationId } from '../ids.ts';
import type { Check, Place, Severity } from './check.ts';
import { checksOf } from './checks.ts';
import { gather } from './gather.ts';

/** How many places of a finding are shown. */
const mostExamples = 5;

/** More rounds than a sound order of mends needs: each mends what was in the way of the next. */
const mostRounds = 100;

/** Where a check does not hold. */
export interface Finding {
  /** The name of the check. */
  check: string;
  severity: Severity;
  /** What holds where all is well; for a note, what it means. */
  rule: string;
  /** In how many places. */
  count: number;
  /** How many of these `mend` can mend. */
  mendable: number;
  /** Some of them. */
  examples: { sessionId: string | null; operationId: string | null; seq: number | null; what: string }[];
  /** What to do about what cannot be mended; null where all can. */
  advice: string | null;
}

/** What was found in a database, all of one moment. */
export interface Report {
  /** The file, as an absolute path. */
  database: string;
  /** The Lion that works with it; null where none does. */
  heldBy: DatabaseOwner | null;
  /** How much of it there is; null where the file is too damaged to tell. */
  contents: { sessions: number; operations: number; events: number } | null;
  /** How many checks were made. */
  checks: number;
  findings: Finding[];
  /** Whether there are no faults. */
  isSound: boolean;
}

/** Told what is looked at next, in words. */
export type OnCheck = (what: string) => void;

export interface Mended {
  /** Where all is as it was before; undefined where there was nothing to mend, and nothing was written. */
  backup: string | undefined;
  before: Report;
  after: Report;
}

/**
 * Looks through a database, as it is at this moment, whether or not a Lion works with it. Changes nothing, and holds nobody up.
 *
 * @throws DatabaseUnusableError for one that cannot be looked through: none, no database of Lion, one of an older or a newer Lion
 */
export function examine(path: string, onCheck?: OnCheck): Report {
  refuseMissing(path);
  const examination = beginExamination(path, 'read');
  try {
    return reportOn(path, examination, ownerOf(path) ?? null, onCheck);
  } catch (error) {
    throw unusable(path, error);
  } finally {
    examination.close();
  }
}

/**
 * Mends what has one right answer, by what is stored, in one transaction; whatever else is at fault stays as it is. All that was there
 * before is in a backup first.
 *
 * @param signal ends it with its reason, as long as nothing was mended
 * @throws DatabaseHeldError while a Lion works with it; what `examine` throws; BackupFailedError, with nothing mended
 */
export async function mend(path: string, signal?: AbortSignal, onCheck?: OnCheck): Promise<Mended> {
  refuseMissing(path);
  const lock = lockDatabase(path);
  let examination: Examination | undefined;
  try {
    examination = beginExamination(path, 'read');
    const before = reportOn(path, examination, null, onCheck);
    examination.close();
    if (before.findings.every(({ mendable }) => mendable === 0)) return { backup: undefined, before, after: before };
    const { path: backup } = await backUp(path, backupName(path), { acceptsDangling: true, ...(signal && { signal }) });
    examination = beginExamination(path, 'write');
    mendAll(examination);
    const after = reportOn(path, examination, null, onCheck);
    examination.commit();
    return { backup, before, after };
  } catch (error) {
    throw unusable(path, error);
  } finally {
    examination?.close();
    lock.release();
  }
}

function refuseMissing(path: string): void {
  if (!existsSync(path)) throw new DatabaseUnusableError(path, 'there is none. Set LION_DATABASE_URL to the one that is meant.');
}

/** In the same folder, named after the database and the time; numbered, where it is mended twice in a second. */
function backupName(path: string): string {
  const name = `${path.replace(/\.db$/, '')}-before-mend-${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')}`;
  let number = 1;
  const free = (): string => `${name}${number === 1 ? '' : `-${number}`}.db`;
  while (existsSync(free())) number += 1;
  return free();
}

function reportOn(database: string, examination: Examination, heldBy: DatabaseOwner | null, onCheck: OnCheck = () => {}): Report {
  onCheck('the file itself');
  const damage = damageOf(examination);
  // What is asked of a damaged file may be answered wrongly, or not at all.
  if (damage) return { database, heldBy, contents: null, checks: 1, findings: [damage], isSound: false };
  onCheck('gathering what the histories tell');
  gather(examination);
  const checks = checksOf(heldBy !== null);
  const findings = checks.flatMap((check, index) => {
    onCheck(`check ${index + 1} of ${checks.length}: ${check.name}`);
    return find(examination, check) ?? [];
  });
  const count = (table: string): number => examination.all<{ n: number }>(`SELECT COUNT(*) AS n FROM "${table}"`)[0]!.n;
  return {
    database,
    heldBy,
    contents: { sessions: count('Session'), operations: count('Operation'), events: count('Event') },
    checks: checks.length + 1,
    findings,
    isSound: findings.every(({ severity }) => severity === 'NOTE'),
  };
}

/** What SQLite itself says is wrong with the file. */
function damageOf({ all }: Examination): Finding | undefined {
  const faults = all<{ integrity_check: string }>('PRAGMA integrity_check(1000)').map((row) => row.integrity_check);
  if (faults.length === 1 && faults[0] === 'ok') return undefined;
  return {
    check: 'file',
    severity: 'FAULT',
    rule: 'The file is as SQLite wrote it. As it is not, nothing else was looked at.',
    count: faults.length,
    mendable: 0,
    examples: faults.slice(0, mostExamples).map((what) => ({ sessionId: null, operationId: null, seq: null, what })),
    advice: 'Its disk may be failing: restore a backup (lion restore), on another disk.',
  };
}

function find(
  { each }: Examination,
  { name, rule, severity = 'FAULT', find: sql, mend: how, advice }: Check,
): Finding | undefined {
  let count = 0;
  let mendable = 0;
  const examples: Finding['examples'] = [];
  for (const { sessionId = null, operation = null, seq = null, what, mendable: isMendable = 1 } of each<Place>(sql)) {
    count++;
    if (how !== undefined && isMendable === 1) mendable++;
    if (examples.length < mostExamples)
      examples.push({
        sessionId,
        operationId: sessionId === null || operation === null ? null : operationId(sessionId, operation),
        seq,
        what,
      });
  }
  if (count === 0) return undefined;
  return { check: name, severity, rule, count, mendable, examples, advice: count > mendable && advice !== '' ? advice : null };
}

/** Mends until there is nothing more to mend: what is mended may show what else is at fault. */
function mendAll(examination: Examination): void {
  const checks = checksOf(false).filter((check) => check.mend !== undefined);
  for (let round = 1; round <= mostRounds; round++) {
    gather(examination);
    let hasMended = false;
    for (const check of checks) {
      if (!find(examination, check)?.mendable) continue;
      hasMended = true;
      if (typeof check.mend === 'string') examination.run(check.mend);
      else {
        check.mend!(examination);
        gather(examination);
      }
    }
    if (!hasMended) return;
  }
}
