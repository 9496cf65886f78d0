import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { wires, type Protocol } from './provider-wires.ts';

/**
 * A model provider on 127.0.0.1 that speaks the real wire protocols, streaming, and does what the test says, when it says
 * so: it sends nothing of its own accord.
 *
 *     await using provider = await openProviderServer();
 *     const answer = generate({ model: ..., signal });          // LION_MODEL_BASE_URL = provider.openaiUrl
 *     const request = await provider.nextRequest();
 *     request.writeText('{"ideas":[{"title":"a"}');             // the rest is held back until the test says so
 *     request.writeText(']}');
 *     request.finish();
 *
 * Where the test does not care for the moment, `provider.answer('{"ideas":[]}')` says it beforehand.
 */
export interface ProviderServer extends AsyncDisposable {
  /** Without a path: for OLLAMA_HOST. */
  url: string;
  /** Base URL of chat completions and responses (OpenAI) and messages (Anthropic). */
  openaiUrl: string;
  /** Base URL of Gemini. */
  googleUrl: string;
  /** What Ollama lists. @default one model, `llama3.2:latest` */
  ollamaModels: { name: string; details?: { family: string; families?: string[] } }[];
  /** Each model request, in the order of arrival. */
  requests: ProviderRequest[];
  /** Sockets that are open now. */
  openSockets(): number;
  /** Answers the next requests, in order: a text is streamed and finished; a function does as it likes. */
  answer(...answers: Answer[]): void;
  /** Answers every request for which nothing else is said. */
  answerAll(answer: Answer): void;
  /** The next request that nobody has answered, now or when it comes. */
  nextRequest(): Promise<ProviderExchange>;
}

export type Answer = string | ((exchange: ProviderExchange) => void | Promise<void>);

export interface ProviderRequest {
  protocol: Protocol;
  path: string;
  headers: IncomingMessage['headers'];
  // oxlint-disable-next-line typescript/no-explicit-any -- the providers' own shapes, looked into by tests
  body: any;
}

/** One request, and the hands to answer it with. */
export interface ProviderExchange extends ProviderRequest {
  /** Sends the headers of a stream, with these among them, and nothing more. */
  writeHeaders(headers?: Record<string, string>): void;
  /** Sends one delta of the answer's text. */
  writeText(delta: string): void;
  /** Sends bytes as they are. */
  writeRaw(bytes: string): void;
  /** Sends some of the model's reasoning, where the protocol has it. */
  writeReasoning(delta: string): void;
  /** Sends something that is no text: a ping, where the protocol has one. */
  writePing(): void;
  /** Says that the model is done, and ends the response. `length`: it reached its limit. */
  finish(reason?: 'stop' | 'length'): void;
  /** Sends the protocol's error object inside the stream, and ends the response. */
  failInStream(type: string, message: string): void;
  /** Ends the response in good order, though the model is not done. */
  end(): void;
  /** Answers with an HTTP error; by default with an error body such as the provider's. */
  fail(status: number, headers?: Record<string, string>, body?: string): void;
  /** Resets the connection. */
  destroy(): void;
  /**
   * The response is over on the wire: finished, or the client has closed its socket.
   * @returns when that was, by `performance.now()`
   */
  closed: Promise<number>;
}

/** A certificate that nobody trusts. Key and certificate were made for these tests, and protect nothing. */
const selfSigned = (): { key: Buffer; cert: Buffer } => ({
  key: readFileSync(new URL('./test-only-self-signed-key.pem', import.meta.url)),
  cert: readFileSync(new URL('./test-only-self-signed-cert.pem', import.meta.url)),
});

/** @param options `tls`: it speaks https, with a certificate that it has signed itself; `port`: @default any that is free */
export async function openProviderServer(options: { tls?: boolean; port?: number } = {}): Promise<ProviderServer> {
  const sockets = new Set<Socket>();
  const script: Answer[] = [];
  const waiting: ((exchange: ProviderExchange) => void)[] = [];
  const unanswered: ProviderExchange[] = [];
  const failures: unknown[] = [];
  let fallback: Answer | undefined;

  const listener: RequestListener = (request, response) => {
    void serve(request, response).catch((thrown: unknown) => failures.push(thrown));
  };
  const server = options.tls === true ? createTlsServer(selfSigned(), listener) : createServer(listener);
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    if (path === '/api/version') return sendJson(response, { version: '0.13.0' });
    if (path === '/api/tags') return sendJson(response, { models: provider.ollamaModels });
    const protocol = protocolOf(path);
    if (!protocol) return void response.writeHead(404).end();
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    const received: ProviderRequest = { protocol, path, headers: request.headers, body: JSON.parse(text) };
    provider.requests.push(received);
    const exchange = exchangeOf(received, response);
    const waiter = waiting.shift();
    const scripted = waiter === undefined ? (script.shift() ?? fallback) : undefined;
    if (waiter) waiter(exchange);
    else if (scripted === undefined) unanswered.push(exchange);
    else await give(exchange, scripted);
  }

  await new Promise<void>((listening) => server.listen(options.port ?? 0, '127.0.0.1', listening));
  const url = `${options.tls === true ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider: ProviderServer = {
    url,
    openaiUrl: `${url}/v1`,
    googleUrl: `${url}/v1beta`,
    ollamaModels: [{ name: 'llama3.2:latest', details: { family: 'llama' } }],
    requests: [],
    openSockets: () => sockets.size,
    answer: (...answers) => void script.push(...answers),
    answerAll: (answer) => void (fallback = answer),
    nextRequest: () => {
      const exchange = unanswered.shift();
      return exchange ? Promise.resolve(exchange) : new Promise((resolve) => waiting.push(resolve));
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      if (failures.length > 0) throw new AggregateError(failures, 'The provider server failed');
      if (script.length > 0) throw new Error(`${script.length} scripted answer(s) were never asked for`);
    },
  };
  return provider;
}

async function give(exchange: ProviderExchange, answer: Answer): Promise<void> {
  if (typeof answer !== 'string') return answer(exchange);
  for (const [delta] of answer.matchAll(/[\s\S]{1,12}/gu)) exchange.writeText(delta);
  exchange.finish();
}

function sendJson(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function protocolOf(path: string): Protocol | undefined {
  if (path.endsWith('/chat/completions')) return 'chat';
  if (path.endsWith('/responses')) return 'responses';
  if (path.endsWith('/messages')) return 'anthropic';
  if (path.includes(':streamGenerateContent')) return 'google';
  if (path === '/api/chat') return 'ollama';
  return undefined;
}

function exchangeOf(request: ProviderRequest, response: ServerResponse): ProviderExchange {
  const wire = wires[request.protocol];
  const model: string = request.body.model ?? /models\/([^:]+)/.exec(request.path)?.[1] ?? '';
  const writeHeaders = (headers: Record<string, string> = {}): void => {
    if (response.headersSent) return;
    const type = request.protocol === 'ollama' ? 'application/x-ndjson' : 'text/event-stream';
    response.writeHead(200, { 'content-type': type, ...headers });
    response.flushHeaders();
  };
  let begun = false;
  const write = (bytes: string): void => {
    writeHeaders();
    response.write(bytes);
  };
  const begin = (): void => {
    if (!begun) write(wire.begin(model));
    begun = true;
  };
  return {
    ...request,
    writeHeaders,
    writeText(delta) {
      begin();
      write(wire.text(delta, model));
    },
    writeReasoning(delta) {
      begin();
      write(wire.reasoning(delta, model));
    },
    writeRaw: write,
    writePing() {
      begin();
      write(wire.ping(model));
    },
    finish(reason = 'stop') {
      begin();
      write(wire.finish(reason, model));
      response.end();
    },
    failInStream(type, message) {
      write(wire.error(type, message));
      response.end();
    },
    end() {
      writeHeaders();
      response.end();
    },
    fail(status, headers = {}, body = JSON.stringify(wire.failure(status))) {
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
    },
    destroy: () => void response.socket?.resetAndDestroy(),
    closed: new Promise((closed) => response.on('close', () => closed(performance.now()))),
  };
}
