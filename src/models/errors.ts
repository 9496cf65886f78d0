import { LionError } from '../errors.ts';
import { noUsage, type Usage } from './usage.ts';

/** No model goes by that name here: the name makes no sense, or what it needs (a key, a base URL) is not set. */
export class ModelUnknownError extends LionError {
  readonly code = 'MODEL_UNKNOWN';
  readonly retryable = false;
  /** The name that was asked for. */
  readonly model: string;

  constructor(model: string, what: string) {
    super(what);
    this.model = model;
  }
}

/** What is known of an answer that does not fit. */
export interface OutputFacts {
  /** `provider/modelId`, or `builtin`. */
  model: string;
  /** For the model to read: where the answer is wrong and what was expected. */
  complaint: string;
  /** Everything that the model said. */
  output: string;
  usage: Usage;
  finishReason: string;
}

/** The model answered, and the answer cannot be used. Asking again with the complaint can help. */
export class ModelOutputError extends LionError {
  readonly code = 'MODEL_OUTPUT_INVALID';
  readonly retryable = true;
  readonly model: string;
  /** For the model to read: where the answer is wrong and what was expected. */
  readonly complaint: string;
  /** What the model said: 2,000 characters of it at most, then how many were cut. */
  readonly output: string;
  readonly usage: Usage;
  /** `stop`, `length`, `content-filter`, `tool-calls`, `error` or `other`. */
  readonly finishReason: string;

  constructor({ model, complaint, output, usage, finishReason }: OutputFacts) {
    const said = output.trim() === '' ? 'It said nothing' : `It said: ${cut(output, 300)}`;
    super(`The answer of ${model} cannot be used: ${complaint} ${said}`);
    this.model = model;
    this.complaint = complaint;
    this.output = cut(output, 2000);
    this.usage = usage;
    this.finishReason = finishReason;
  }
}

export type ModelCallErrorCode =
  | 'MODEL_UNREACHABLE'
  | 'MODEL_UNAUTHORIZED'
  | 'MODEL_RATE_LIMITED'
  | 'MODEL_OVERLOADED'
  | 'MODEL_REJECTED'
  | 'MODEL_TIMED_OUT'
  | 'MODEL_STREAM_BROKEN';

/** What is known of a call that failed. `message` has been cleared of keys already. */
export interface CallFacts {
  code: ModelCallErrorCode;
  message: string;
  retryable: boolean;
  /** The HTTP status, where there was one. */
  status?: number | undefined;
  /** How long the provider asked to wait. */
  retryAfterMs?: number | undefined;
  usage?: Usage | undefined;
  cause?: unknown;
}

/** The model could not be asked, or its answer did not come through. */
export class ModelCallError extends LionError {
  readonly code: ModelCallErrorCode;
  readonly retryable: boolean;
  /** The HTTP status, where there was one. */
  readonly status: number | undefined;
  /** How long the provider asked to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** What the failed call is known to have used. */
  readonly usage: Usage;

  constructor({ code, message, retryable, status, retryAfterMs, usage, cause }: CallFacts) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryable = retryable;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
    this.usage = usage ?? noUsage;
  }
}

/** The first `max` characters of `text`, and how many more there were. */
export function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max)}… (${text.length - max} more characters)`;
}
