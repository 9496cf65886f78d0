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

/**
 * What a call can fail with. Whoever retries reads `retryable`; this says which it is.
 *
 * | code                       | the fault                                                                    | retried                      |
 * | -------------------------- | ---------------------------------------------------------------------------- | ---------------------------- |
 * | `MODEL_UNREACHABLE`        | refused, no such host, no route: there was no connection                     | yes; not a faulty address    |
 * | `MODEL_CERTIFICATE_INVALID`| the certificate of the server does not fit                                   | no                           |
 * | `MODEL_CONNECTION_RESET`   | the connection ended before there was any response                           | yes                          |
 * | `MODEL_NO_RESPONSE`        | silence before the headers of the response                                   | yes                          |
 * | `MODEL_UNAUTHORIZED`       | 401, 403                                                                     | no                           |
 * | `MODEL_QUOTA_EXHAUSTED`    | 402, 429 `insufficient_quota`: the account has no means left                 | no                           |
 * | `MODEL_RATE_LIMITED`       | 429                                                                          | yes, after `retryAfterMs`    |
 * | `MODEL_OVERLOADED`         | 503, 529                                                                     | yes, after `retryAfterMs`    |
 * | `MODEL_SERVER_ERROR`       | 500, 502, 504 and the other 5xx                                              | yes; not 501, 505            |
 * | `MODEL_REJECTED`           | the other 4xx                                                                | no; 409 and 425 are          |
 * | `MODEL_TIMED_OUT`          | the whole call took longer than it may; 408                                  | yes                          |
 * | `MODEL_STREAM_STALLED`     | silence once the response had begun                                          | yes                          |
 * | `MODEL_STREAM_BROKEN`      | the stream was cut, ended before the model was done, or cannot be read       | yes                          |
 * | `MODEL_STREAM_ERROR`       | an error object inside of the stream                                         | by the kind that it names    |
 * | `MODEL_STREAM_EMPTY`       | the stream ended in good order, with nothing in it                           | yes                          |
 * | `MODEL_CIRCUIT_OPEN`       | nobody was asked: the provider failed too often, and is left alone for now   | yes, after `retryAfterMs`    |
 */
export type ModelCallErrorCode =
  | 'MODEL_UNREACHABLE'
  | 'MODEL_CERTIFICATE_INVALID'
  | 'MODEL_CONNECTION_RESET'
  | 'MODEL_NO_RESPONSE'
  | 'MODEL_UNAUTHORIZED'
  | 'MODEL_QUOTA_EXHAUSTED'
  | 'MODEL_RATE_LIMITED'
  | 'MODEL_OVERLOADED'
  | 'MODEL_SERVER_ERROR'
  | 'MODEL_REJECTED'
  | 'MODEL_TIMED_OUT'
  | 'MODEL_STREAM_STALLED'
  | 'MODEL_STREAM_BROKEN'
  | 'MODEL_STREAM_ERROR'
  | 'MODEL_STREAM_EMPTY'
  | 'MODEL_CIRCUIT_OPEN';

/** What is known of a call that failed. `message` has been cleared of keys already. */
export interface CallFacts {
  /** `provider/name`, or `builtin`; the provider alone, where none of its models was asked. */
  model: string;
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
  /** `provider/name`, or `builtin`; the provider alone, where none of its models was asked. */
  readonly model: string;
  /** The HTTP status, where there was one. */
  readonly status: number | undefined;
  /** How long the provider asked to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** What the failed call used, as far as it is known or can be told from what came of the answer. */
  readonly usage: Usage;

  constructor({ model, code, message, retryable, status, retryAfterMs, usage, cause }: CallFacts) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryable = retryable;
    this.model = model;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
    this.usage = usage ?? noUsage;
  }
}

/** What a call may cost cannot be told, and there is a budget for what calls cost. Nobody was asked. */
export class ModelPriceUnknownError extends LionError {
  readonly code = 'MODEL_PRICE_UNKNOWN';
  readonly retryable = false;
  readonly model: string;

  /** @param budget which, as in `the budget of the project a day` */
  constructor(model: string, budget: string) {
    super(
      `${model} was not asked: what it costs is not known, and ${budget} is in money. Give its price in the file that LION_PRICES names, or choose a model whose price is known.`,
    );
    this.model = model;
  }
}

/** All models of a fallback chain have failed. */
export class ModelChainError extends LionError {
  readonly code = 'MODEL_CHAIN_FAILED';
  readonly retryable: boolean;

  constructor(failures: readonly { model: string; error: LionError }[]) {
    const each = failures.map(({ model, error }) => `${model}: ${error.message} (${error.code})`);
    super(`None of the models of the fallback chain gave an answer that can be used. ${each.join('; ')}`);
    this.retryable = failures.some(({ error }) => error.retryable);
  }
}

/** The first `max` characters of `text`, and how many more there were. Keeps nothing of a longer text in memory. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  // A slice would hold the whole text, a copy of it does not.
  return `${structuredClone(text.slice(0, max))}… (${text.length - max} more characters)`;
}
