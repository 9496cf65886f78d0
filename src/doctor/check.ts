import type { Examination } from '../database/examination.ts';

/** One thing that has to hold in every database of Lion. To add one: write it, and put it into the list of `checks.ts`. */
export interface Check {
  /** For people and programs, as in `history-gap`: stable. */
  name: string;
  /** What holds where all is well, in a sentence. */
  rule: string;
  /**
   * SQL that finds the places where it does not hold: `sessionId`, `operation` and `seq`, as far as they have them, and `what` is
   * the case there. It may use the tables of `gather`.
   *
   * Where there is a mend, it may give `mendable`: 0 for a place that it does not mend. @default 1
   */
  find: string;
  /** NOTE: worth knowing, and not wrong. @default FAULT */
  severity?: Severity;
  /**
   * Mends the places that can be mended: SQL, or what writes. Only what has one right answer, by what is stored. What it needs mended
   * before comes before it in the list.
   */
  mend?: string | ((examination: Examination) => void);
  /** What to do about places that are not mended, in sentences. */
  advice: string;
}

export type Severity = 'FAULT' | 'NOTE';

/** A place that a check found. */
export interface Place {
  sessionId?: string | null;
  operation?: number | null;
  seq?: number | null;
  what: string;
  mendable?: number;
}

/** What to do where something is lost that is nowhere else. */
export const restoreBackup =
  'What is lost is nowhere else in the database: restore a backup from before (lion restore), or live with it.';
