import { CircuitBreaker, type BreakerSettings, type Pass } from './circuit-breaker.ts';
import { ModelCallError, ModelOutputError } from './errors.ts';
import { ProviderQueue, type Place } from './provider-queue.ts';
import type { TurnRequest } from './turn.ts';
import type { TrafficLimits } from './traffic-limits.ts';

/**
 * The traffic to the providers: who may ask now, and who waits. Each provider has a queue of its own, in order of arrival,
 * with limits on concurrent calls and on requests and tokens a minute; it pauses where the provider says so, and a circuit
 * breaker keeps calls away from a provider that does not work.
 */
export interface Traffic {
  /**
   * Waits for a turn at a provider.
   *
   * @returns the turn, which has to be ended
   * @throws ModelCallError `MODEL_CIRCUIT_OPEN` at once, while the breaker of the provider is open; `MODEL_RATE_LIMITED` at once, where
   *   the provider asked for a longer pause than the call would wait for
   * @throws the reason of the signal, when it fires meanwhile
   */
  enter(provider: string, request: TurnRequest): Promise<Turn>;
  /** Takes in what a provider said of its limits: each response, as soon as its headers are there. */
  observe(provider: string, status: number, headers: Headers): void;
}

/** A turn at a provider: held for as long as one call takes. */
export interface Turn {
  /** Ends it, once: with the tokens that the call used, or with what it failed with. */
  end(outcome: { tokens: number } | { error: unknown }): void;
}

/**
 * Opens the traffic to the providers, each with a queue and a breaker of its own. What a provider says of its limits counts in
 * addition to those that are set. `builtin` is free, unless it has limits.
 */
export function openTraffic(limits: TrafficLimits, options: { breaker?: BreakerSettings | undefined } = {}): Traffic {
  const roads = new Map<string, Road>();
  const roadTo = (provider: string): Road => {
    const known = roads.get(provider);
    if (known !== undefined) return known;
    const queue = new ProviderQueue(provider, Object.hasOwn(limits, provider) ? limits[provider]! : {});
    // Whoever waits may find another provider.
    const breaker = new CircuitBreaker(provider, options.breaker ?? {}, () => queue.clear(() => breaker.refusal()));
    const road = { queue, breaker };
    roads.set(provider, road);
    return road;
  };
  return {
    async enter(provider, request) {
      if (provider === 'builtin' && !Object.hasOwn(limits, provider)) return freeTraffic.enter(provider, request);
      request.signal.throwIfAborted();
      const { queue, breaker } = roadTo(provider);
      const pass = breaker.pass();
      try {
        return turnOf(pass, await queue.enter(request));
      } catch (thrown) {
        // Whoever left the queue has asked nothing: that says nothing of the provider.
        pass.end(notAsked);
        throw thrown;
      }
    },
    observe: (provider, status, headers) => roadTo(provider).queue.observe(status, headers),
  };
}

/** What became of a call that was none. */
const notAsked = new Error('The provider was not asked');

interface Road {
  queue: ProviderQueue;
  breaker: CircuitBreaker;
}

function turnOf(pass: Pass, place: Place): Turn {
  let ended = false;
  return {
    end(outcome) {
      if (ended) return;
      ended = true;
      // The breaker first: the next in the queue must not be let in by the failure that opens it.
      pass.end('error' in outcome ? outcome.error : undefined);
      place.leave('error' in outcome ? tokensOfFailure(outcome.error) : outcome.tokens);
    },
  };
}

/** What a failed call used; undefined where that is not known: what was reserved for it then stays so. */
function tokensOfFailure(error: unknown): number | undefined {
  if (!(error instanceof ModelCallError) && !(error instanceof ModelOutputError)) return undefined;
  const used = error.usage.inputTokens + error.usage.outputTokens;
  if (used > 0) return used;
  // A provider that could not be reached, or that answered with an error, has not begun.
  return error instanceof ModelCallError && ((error.status ?? 0) >= 400 || error.code === 'MODEL_UNREACHABLE') ? 0 : undefined;
}

/** No limits, no breaker: whoever comes may ask. */
export const freeTraffic: Traffic = {
  enter: () => Promise.resolve({ end: () => {} }),
  observe: () => {},
};
