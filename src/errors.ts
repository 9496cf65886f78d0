/**
 * Every error that Lion expects to meet. An error decides where it is made whether a retry can help; whoever retries only
 * reads `retryable`. Messages are for people: what was wrong, where, what to do. They hold no secret, no SQL, no path of code.
 */
export abstract class LionError extends Error {
  /** Names the kind of error for programs: SCREAMING_SNAKE_CASE, stable. */
  abstract readonly code: string;
  /** Whether the same request can succeed later without being changed. */
  abstract readonly retryable: boolean;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** One thing that was wrong with an input. */
export interface InputIssue {
  /** Where, as in `input.choices[2].id`. */
  path: string;
  message: string;
}

/** The input is not one that can be worked with; nothing was done. */
export class InputInvalidError extends LionError {
  readonly code = 'BAD_INPUT';
  readonly retryable = false;
  readonly issues: readonly InputIssue[];

  constructor(issues: readonly InputIssue[]) {
    super(issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; '));
    this.issues = issues;
  }
}

/** The text of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
