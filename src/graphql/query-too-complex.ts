import { LionError } from '../errors.ts';

/** What of a query is limited, and how it is told of. */
const limited = {
  TOKENS: { what: 'tokens', advice: 'Send large values as variables.' },
  NESTING: { what: 'levels of brackets', advice: 'Send nested values as variables.' },
  DEPTH: { what: 'levels of fields', advice: 'Ask for what is deeper in a query of its own.' },
  ALIASES: { what: 'aliases and repeated fields', advice: 'Ask in several queries.' },
  DIRECTIVES: { what: 'directives', advice: 'Leave some of them out.' },
  FRAGMENTS: { what: 'fragments', advice: 'Leave out those that are not needed.' },
  COST: { what: 'objects that it may answer with', advice: 'Ask for smaller pages, or for less in each entry.' },
};

export type QueryLimit = keyof typeof limited;

/** A query asks for more than one may; nothing of it was done. */
export class QueryTooComplexError extends LionError {
  readonly code = 'QUERY_TOO_COMPLEX';
  readonly retryable = false;
  readonly limit: QueryLimit;
  /** Null where counting stopped at the limit. */
  readonly actual: number | null;
  readonly max: number;

  constructor(limit: QueryLimit, actual: number | null, max: number) {
    const { what, advice } = limited[limit];
    super(`The query has ${actual ?? `more than ${max}`} ${what}, and may have ${max} at most. ${advice}`);
    this.limit = limit;
    this.actual = actual;
    this.max = max;
  }
}
