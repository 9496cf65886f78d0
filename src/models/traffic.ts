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
   * @throws ModelCallError `MODEL_CIRCUIT_OPEN` at once, while the breaker of the provider is open
   * @throws the reason of the signal, when it fires meanwhile
   */
  enter(provider: string, request: TurnRequest): Promise<Turn>;
  /** Takes in what a provider said of its limits: each response, as soon as its headers are there. */
  observe(provider: string, status: number, headers: Headers): void;
}

export interface TurnRequest {
  /** How many tokens the call is expected to use, input and output. */
  tokens: number;
  signal: AbortSignal;
  /** Told when the call has to wait, and each time that it waits for something else. */
  onWait(wait: Wait): void;
}

/** What a call waits for. */
export interface Wait {
  provider: string;
  /**
   * CONCURRENCY: calls that are under way. REQUESTS, TOKENS: the limits a minute that are configured. PROVIDER: the pause that
   * the provider asked for (Retry-After, or rate-limit headers that say that nothing is left).
   */
  reason: 'CONCURRENCY' | 'REQUESTS' | 'TOKENS' | 'PROVIDER';
  /** When it is over at the latest, where that is known. */
  until: Date | null;
}

/** A turn at a provider: held for as long as one call takes. */
export interface Turn {
  /** Ends it, once: with the tokens that the call used, or with what it failed with. */
  end(outcome: { tokens: number } | { error: unknown }): void;
}

/** No limits, no breaker: whoever comes may ask. */
export const freeTraffic: Traffic = {
  enter: () => Promise.resolve({ end: () => {} }),
  observe: () => {},
};
