import { LionError } from '../errors.ts';
import type { Provisional } from '../history/event.ts';
import type { CallBound } from '../models/call-bound.ts';
import {
  ModelCallError,
  ModelChainError,
  ModelOutputError,
  ModelPriceUnknownError,
  ModelUnknownError,
} from '../models/errors.ts';
import type { Models } from '../models/language-model.ts';
import { ModelNotRecordedError } from '../models/recording/errors.ts';
import type { Prices } from '../models/prices.ts';
import { noUsage, type Usage } from '../models/usage.ts';
import type { GenerateRequest } from '../operations/definition.ts';
import type { Asked } from '../operations/progress.ts';
import { backoffMs, mostTries } from './backoff.ts';
import type { Made, Retry, StepWork, TryContext } from './steps.ts';

/** How models are asked, for all operations. */
export interface AskingSettings {
  /** How long one call may take, in ms. */
  callTimeoutMs: number;
  /** How long a provider may send nothing, in ms. */
  silenceTimeoutMs: number;
  /** How long a step waits in all, in ms, for a provider that says that it is asked too much; longer, and it fails. */
  rateLimitPatienceMs: number;
  prices: Prices;
  /** How many tokens an answer may have, its reasoning included; undefined for what the provider says, but under a budget. */
  maxOutputTokens: number | undefined;
}

/** An answer's share of the tokens that a call is expected to use: a guess, which the end of the call corrects. */
const expectedOutputTokens = 500;

/**
 * A step that asks a model, or each of a fallback chain in turn. A model is tried again where that can help; when it has failed
 * for good, the next one is asked. Who may ask now is the traffic's to say.
 */
export class Asking<T> implements StepWork<T> {
  readonly #models: Models;
  readonly #chain: readonly string[];
  readonly #request: GenerateRequest<T>;
  readonly #settings: AskingSettings;
  readonly #reasoning: boolean;
  /** The one of the chain that is asked. */
  #at = 0;
  #tries = 0;
  #rateLimits = 0;
  #rateLimitedMs = 0;
  #earlier: { output: string; complaint: string }[] = [];
  readonly #failures: { model: string; error: LionError }[] = [];

  /** @param reasoning whether what a model says of its reasoning is shown */
  constructor(
    models: Models,
    chain: readonly string[],
    request: GenerateRequest<T>,
    settings: AskingSettings,
    reasoning: boolean,
  ) {
    this.#models = models;
    this.#chain = chain;
    this.#request = request;
    this.#settings = settings;
    this.#reasoning = reasoning;
  }

  get #model(): string {
    return this.#chain[this.#at]!;
  }

  asked(): Asked {
    return { model: this.#model, prompt: this.#request.promptVersion ?? null };
  }

  async bound(): Promise<CallBound> {
    const { elements: _elements, promptVersion: _version, ...request } = this.#request;
    const model = await this.#models.languageModel(this.#model);
    const { boundOf } = await import('../models/call-bound.ts');
    return boundOf({ ...request, model, earlier: this.#earlier }, this.#settings);
  }

  async make({ emit, onCall, onWait, signal, maxOutputTokens }: TryContext): Promise<Made<T>> {
    const { elements, promptVersion: _, ...request } = this.#request;
    const model = await this.#models.languageModel(this.#model);
    let pausedSince: number | undefined;
    const turn = await this.#models.traffic.enter(this.#model.split('/', 1)[0]!, {
      tokens: tokensIn(request.system, request.prompt, ...this.#earlier.flatMap(Object.values)) + expectedOutputTokens,
      signal,
      providerPatienceMs: this.#providerPatienceMs,
      onWait: (wait) => {
        if (wait.reason === 'PROVIDER') pausedSince ??= performance.now();
        onWait(wait);
      },
    });
    if (pausedSince !== undefined) this.#rateLimitedMs += performance.now() - pausedSince;
    const shown: Provisional[] = [];
    // The SDK behind it takes memory and time to load: a Lion that asks no model never needs it.
    const { generate } = await import('../models/generate.ts');
    try {
      const { value, modelId, usage, mends } = await generate<T>({
        ...request,
        model,
        earlier: this.#earlier,
        signal,
        onBegin: onCall,
        maxOutputTokens: maxOutputTokens ?? this.#settings.maxOutputTokens,
        callTimeoutMs: this.#settings.callTimeoutMs,
        silenceTimeoutMs: this.#settings.silenceTimeoutMs,
        prices: this.#settings.prices,
        ...(elements && {
          elements: elements.of,
          onElement(element, index) {
            const event = elements.event(element, index, shown);
            if (!event) return;
            shown.push(event);
            emit(event);
          },
        }),
        ...(!request.schema && { onText: (text: string) => emit({ type: 'TextDelta', text }) }),
        ...(this.#reasoning && { onReasoning: (text: string) => emit({ type: 'ReasoningDelta', text }) }),
      });
      turn.end({ tokens: usage.inputTokens + usage.outputTokens });
      return { value, model: modelId, usage, mends };
    } catch (error) {
      turn.end({ error });
      throw error;
    }
  }

  afterFailure(error: unknown): Retry | undefined {
    if (!isOfModel(error)) return undefined;
    this.#tries++;
    const waitMs = error.retryable ? this.#waitMs(error) : undefined;
    if (waitMs !== undefined) {
      if (error instanceof ModelOutputError) this.#earlier.push({ output: error.output, complaint: error.complaint });
      return { waitMs, nextModel: this.#model };
    }
    this.#failures.push({ model: this.#model, error });
    if (!this.#hasNext) return undefined;
    this.#at++;
    this.#tries = 0;
    this.#rateLimits = 0;
    this.#rateLimitedMs = 0;
    this.#earlier = [];
    return { waitMs: 0, nextModel: this.#model };
  }

  get #hasNext(): boolean {
    return this.#at + 1 < this.#chain.length;
  }

  /** Another model that can be asked now is better than one that can be asked later. */
  get #providerPatienceMs(): number {
    return this.#hasNext ? 0 : Math.max(0, this.#settings.rateLimitPatienceMs - this.#rateLimitedMs);
  }

  /** How long to wait before the same model is asked again; undefined where it is not. */
  #waitMs(error: ModelError): number | undefined {
    if (error instanceof ModelOutputError) return this.#tries < mostTries ? 0 : undefined;
    const askedMs = error instanceof ModelCallError ? (error.retryAfterMs ?? 0) : 0;
    if (this.#hasNext && (error.code === 'MODEL_RATE_LIMITED' || error.code === 'MODEL_CIRCUIT_OPEN')) return undefined;
    if (error.code === 'MODEL_RATE_LIMITED') {
      // Being asked to wait is no failure: it does not count among the tries.
      this.#tries--;
      const waitMs = Math.max(backoffMs(++this.#rateLimits), askedMs);
      this.#rateLimitedMs += waitMs;
      return this.#rateLimitedMs <= this.#settings.rateLimitPatienceMs ? waitMs : undefined;
    }
    const tooLong = askedMs > this.#settings.rateLimitPatienceMs;
    return this.#tries < mostTries && !tooLong ? Math.max(backoffMs(this.#tries), askedMs) : undefined;
  }

  usageOf(error: unknown): Usage {
    return error instanceof ModelOutputError || error instanceof ModelCallError ? error.usage : noUsage;
  }

  failure(error: unknown): unknown {
    return this.#chain.length > 1 && isOfModel(error) ? new ModelChainError(this.#failures) : error;
  }
}

type ModelError = ModelOutputError | ModelCallError | ModelUnknownError | ModelPriceUnknownError | ModelNotRecordedError;

const isOfModel = (error: unknown): error is ModelError =>
  error instanceof ModelOutputError ||
  error instanceof ModelCallError ||
  error instanceof ModelUnknownError ||
  // Under a budget in money; the next one of a chain may have a price.
  error instanceof ModelPriceUnknownError ||
  // In a replay, the model of a chain that had failed then, too.
  error instanceof ModelNotRecordedError;

/** Four characters are a token, or so. */
const tokensIn = (...texts: (string | undefined)[]): number =>
  Math.ceil(texts.reduce((sum, text) => sum + (text?.length ?? 0), 0) / 4);
