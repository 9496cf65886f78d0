/** What asks for a turn at a provider. */
export interface TurnRequest {
  /** How many tokens the call is expected to use, input and output. */
  tokens: number;
  signal: AbortSignal;
  /** How long it would wait, in ms, for a pause that the provider asked for; a longer one it is refused for. @default for ever */
  providerPatienceMs?: number;
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
