import type { LanguageModelV3 } from '@ai-sdk/provider';
import type { LanguageModelUsage, TextStreamPart, ToolSet } from 'ai';
import { nameOf } from './ask.ts';
import { countedIn, type Counted } from './counted.ts';
import type { Prices } from './prices.ts';
import { servedByVendor } from './providers.ts';
import { fromLanguageModelUsage, noUsage, untoldUsage, type CallUse, type Usage } from './usage.ts';

/** An estimate, where a provider has counted nothing yet. */
const charactersPerToken = 4;

/** What is there of an answer. */
export class Answer implements CallUse {
  /** What the model said, without its reasoning. */
  text = '';
  /** The model that answers, by the provider's word. */
  modelId: string;
  finishReason = 'other';
  /** Whether the model itself said that it was done. */
  finished = false;
  /** How many characters came, of text and of reasoning. */
  length = 0;
  /** Whether nobody can have worked on it: the provider could not be reached, or refused. */
  refused = false;
  readonly #model: LanguageModelV3;
  readonly #askedLength: number;
  readonly #prices: Prices | undefined;
  /** Whether the provider began to answer. */
  #hasBegun = false;
  #counted: Counted = { inputTokens: 0, outputTokens: 0 };
  #reported: LanguageModelUsage | undefined;

  /** @param askedLength how many characters the model was given */
  constructor(model: LanguageModelV3, askedLength: number, prices?: Prices) {
    this.#model = model;
    this.modelId = nameOf(model);
    this.#askedLength = askedLength;
    this.#prices = prices;
  }

  /** Takes in what is no text: what the provider says of the answer. */
  note(part: TextStreamPart<ToolSet>): void {
    if (part.type === 'raw') {
      this.#hasBegun = true;
      this.#counted = countedIn(part.rawValue) ?? this.#counted;
    } else if (part.type === 'finish-step') {
      this.modelId = nameOf(this.#model, part.response.modelId);
      this.#reported = part.usage;
      this.finishReason = part.finishReason;
      // Where the stream ends without a word, the providers report `other`, and no reason of the model's own.
      this.finished = part.finishReason !== 'other' || part.rawFinishReason !== undefined;
    }
  }

  /**
   * What the call used: the provider's count. Of an answer that was broken off it is what the provider had counted by then, and
   * where it had counted nothing, an estimate; what it cost is then not known, unless the model is free.
   */
  get usage(): Usage {
    const served = { asked: nameOf(this.#model), elsewhere: !servedByVendor(this.#model) };
    const reported = this.#reported;
    if (reported && (this.finished || (reported.inputTokens ?? 0) + (reported.outputTokens ?? 0) > 0))
      return fromLanguageModelUsage(reported, this.modelId, served, this.#prices);
    const hasCounted = this.#counted.inputTokens > 0;
    const untold = untoldUsage(this.modelId, served, this.#prices);
    // A provider that has sent nothing may have done nothing.
    if (this.length === 0 && !hasCounted) return this.#hasBegun ? untold : noUsage;
    return {
      ...untold,
      inputTokens: hasCounted ? this.#counted.inputTokens : Math.ceil(this.#askedLength / charactersPerToken),
      outputTokens: Math.max(this.#counted.outputTokens, Math.ceil(this.length / charactersPerToken)),
    };
  }

  get isCounted(): boolean {
    // No call is without input.
    return this.refused || (Number.isInteger(this.#reported?.outputTokens) && (this.#reported?.inputTokens ?? 0) > 0);
  }
}
