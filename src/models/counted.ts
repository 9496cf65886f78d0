/** What a provider has counted so far. */
export interface Counted {
  inputTokens: number;
  outputTokens: number;
}

/**
 * What a provider says of tokens in a raw event, where it does so before the end: Anthropic with its first, Gemini with each,
 * chat completions with some servers.
 */
export function countedIn(raw: unknown): Counted | undefined {
  const event = fieldsOf(raw);
  const usage = fieldsOf(event?.['usage'] ?? fieldsOf(event?.['message'])?.['usage'] ?? event?.['usageMetadata']);
  if (!usage) return undefined;
  const sum = (...names: string[]): number =>
    names.reduce((total, name) => total + (Number.isSafeInteger(usage[name]) ? (usage[name] as number) : 0), 0);
  return {
    inputTokens: sum(
      'input_tokens',
      'cache_read_input_tokens',
      'cache_creation_input_tokens',
      'prompt_tokens',
      'promptTokenCount',
    ),
    outputTokens: sum('output_tokens', 'completion_tokens', 'candidatesTokenCount', 'thoughtsTokenCount'),
  };
}

const fieldsOf = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
