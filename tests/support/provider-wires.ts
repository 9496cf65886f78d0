/** The wire protocols that `openProviderServer` speaks: OpenAI's two, Anthropic's, Gemini's and Ollama's, streaming. */
export type Protocol = 'chat' | 'responses' | 'anthropic' | 'google' | 'ollama';

/** How a protocol says things. */
interface Wire {
  begin(model: string): string;
  text(delta: string, model: string): string;
  /** Some of the model's reasoning, all of a block of its own. */
  reasoning(delta: string, model: string): string;
  ping(model: string): string;
  finish(reason: 'stop' | 'length', model: string): string;
  error(type: string, message: string): string;
  /** The body of an HTTP error. */
  failure(status: number): unknown;
}

const sse = (data: unknown, event?: string): string =>
  `${event === undefined ? '' : `event: ${event}\n`}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
const typed = (data: { type: string; [field: string]: unknown }): string => sse(data, data.type);
const failed = (status: number): string => `Failed on purpose with ${status}`;

const chatChunk = (model: string, delta: unknown, finish: string | null = null): string =>
  sse({
    id: 'chat-1',
    object: 'chat.completion.chunk',
    created: 1,
    model,
    choices: [{ index: 0, delta, finish_reason: finish }],
  });

const responseOf = (model: string): object => ({ id: 'resp_1', object: 'response', created_at: 1, model, service_tier: null });
const messageItem = { type: 'message', id: 'msg_1', role: 'assistant', status: 'in_progress', content: [] };

const ollamaLine = (model: string, content: string, more: object = { done: false }): string =>
  `${JSON.stringify({ model, created_at: '2026-11-01T00:00:00Z', message: { role: 'assistant', content }, ...more })}\n`;

/** Each counts 11 input tokens, 4 of them cached where the protocol can say so, and 7 output tokens. */
export const wires: Record<Protocol, Wire> = {
  chat: {
    begin: (model) => chatChunk(model, { role: 'assistant', content: '' }),
    text: (content, model) => chatChunk(model, { content }),
    reasoning: (reasoning_content, model) => chatChunk(model, { reasoning_content }),
    ping: (model) => chatChunk(model, {}),
    finish: (reason, model) =>
      chatChunk(model, {}, reason) +
      sse({
        id: 'chat-1',
        object: 'chat.completion.chunk',
        created: 1,
        model,
        choices: [],
        usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18, prompt_tokens_details: { cached_tokens: 4 } },
      }) +
      sse('[DONE]'),
    error: (type, message) => sse({ error: { message, type, code: null } }),
    failure: (status) => ({ error: { message: failed(status), type: 'test_error', code: null, param: null } }),
  },
  responses: {
    begin: (model) =>
      typed({ type: 'response.created', response: responseOf(model) }) +
      typed({ type: 'response.output_item.added', output_index: 0, item: messageItem }),
    text: (delta) => typed({ type: 'response.output_text.delta', item_id: 'msg_1', output_index: 0, content_index: 0, delta }),
    reasoning(delta) {
      const item = { type: 'reasoning', id: 'rs_1', encrypted_content: null, summary: [] };
      return (
        typed({ type: 'response.output_item.added', output_index: 1, item }) +
        typed({ type: 'response.reasoning_summary_text.delta', item_id: 'rs_1', output_index: 1, summary_index: 0, delta }) +
        typed({ type: 'response.output_item.done', output_index: 1, item })
      );
    },
    ping: () => typed({ type: 'response.in_progress' }),
    finish: (reason, model) =>
      typed({ type: 'response.output_item.done', output_index: 0, item: { ...messageItem, status: 'completed' } }) +
      typed({
        type: reason === 'stop' ? 'response.completed' : 'response.incomplete',
        response: {
          ...responseOf(model),
          incomplete_details: reason === 'stop' ? null : { reason: 'max_output_tokens' },
          usage: {
            input_tokens: 11,
            input_tokens_details: { cached_tokens: 4 },
            output_tokens: 7,
            output_tokens_details: { reasoning_tokens: 2 },
          },
        },
      }),
    error: (code, message) => typed({ type: 'error', sequence_number: 9, error: { type: code, code, message, param: null } }),
    failure: (status) => ({ error: { message: failed(status), type: 'test_error', code: null, param: null } }),
  },
  anthropic: {
    begin: (model) =>
      typed({
        type: 'message_start',
        message: {
          id: 'msg_1',
          type: 'message',
          role: 'assistant',
          model,
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { input_tokens: 7, cache_read_input_tokens: 4, cache_creation_input_tokens: 0, output_tokens: 1 },
        },
      }) + typed({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
    text: (text) => typed({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }),
    reasoning: (thinking) =>
      typed({ type: 'content_block_start', index: 1, content_block: { type: 'thinking', thinking: '', signature: '' } }) +
      typed({ type: 'content_block_delta', index: 1, delta: { type: 'thinking_delta', thinking } }) +
      typed({ type: 'content_block_stop', index: 1 }),
    ping: () => typed({ type: 'ping' }),
    finish: (reason) =>
      typed({ type: 'content_block_stop', index: 0 }) +
      typed({
        type: 'message_delta',
        delta: { stop_reason: reason === 'stop' ? 'end_turn' : 'max_tokens', stop_sequence: null },
        usage: { output_tokens: 7 },
      }) +
      typed({ type: 'message_stop' }),
    error: (type, message) => typed({ type: 'error', error: { type, message } }),
    failure: (status) => ({ type: 'error', error: { type: 'test_error', message: failed(status) } }),
  },
  google: {
    begin: () => '',
    text: (text, modelVersion) =>
      sse({ candidates: [{ content: { role: 'model', parts: [{ text }] }, index: 0 }], modelVersion }),
    reasoning: (text, modelVersion) =>
      sse({ candidates: [{ content: { role: 'model', parts: [{ text, thought: true }] }, index: 0 }], modelVersion }),
    ping: (modelVersion) => sse({ candidates: [], modelVersion }),
    finish: (reason, modelVersion) =>
      sse({
        candidates: [
          { content: { role: 'model', parts: [] }, finishReason: reason === 'stop' ? 'STOP' : 'MAX_TOKENS', index: 0 },
        ],
        usageMetadata: { promptTokenCount: 11, cachedContentTokenCount: 4, candidatesTokenCount: 7, totalTokenCount: 18 },
        modelVersion,
      }),
    error: (status, message) => sse({ error: { code: /^(?:authentication|invalid)/.test(status) ? 400 : 500, status, message } }),
    failure: (status) => ({ error: { code: status, message: failed(status), status: 'TEST_ERROR' } }),
  },
  ollama: {
    begin: () => '',
    text: (delta, model) => ollamaLine(model, delta),
    reasoning: (thinking, model) => ollamaLine(model, '', { message: { role: 'assistant', content: '', thinking }, done: false }),
    ping: (model) => ollamaLine(model, ''),
    finish: (done_reason, model) => ollamaLine(model, '', { done: true, done_reason, prompt_eval_count: 11, eval_count: 7 }),
    error: (_type, message) => `${JSON.stringify({ error: message })}\n`,
    failure: (status) => ({ error: failed(status) }),
  },
};
