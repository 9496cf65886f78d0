import { InputInvalidError, type InputIssue } from './errors.ts';

/** What a page is asked for with: cursors are numbers in histories, and opaque in other lists. */
export interface PageArgs {
  first?: number | null | undefined;
  after?: number | string | null | undefined;
  last?: number | null | undefined;
  before?: number | string | null | undefined;
}

/** How many entries a page of a list has, unless asked otherwise; and at most. */
export const pageSizes = { default: 20, max: 100 };

/** Which entries of a list that is newest first are read. */
export interface Stretch {
  /** Only what comes before this cursor. */
  before: string | undefined;
  /** Only what comes after this cursor. */
  after: string | undefined;
  /** How many, at most. */
  limit: number;
  /** Whether they are read oldest first. */
  inverted: boolean;
}

/** @throws InputInvalidError for what does not say which page is wanted */
export function refuseInvalidPage({ after, first, before, last }: PageArgs): void {
  const issues: InputIssue[] = [];
  for (const [path, value] of Object.entries({ after, first, before, last })) {
    if (typeof value === 'number' && value < 0) issues.push({ path, message: 'must not be negative' });
  }
  if (first != null && last != null) issues.push({ path: 'last', message: 'cannot be given together with first' });
  if (issues.length > 0) throw new InputInvalidError(issues);
}

/** @throws always: what came as `after` or `before` was never given out by this list */
export function refuseCursor(path: 'after' | 'before'): never {
  throw new InputInvalidError([{ path, message: 'is not a cursor of this list; take it from a page of it' }]);
}
