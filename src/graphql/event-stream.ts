import { GraphQLError, type ExecutionResult } from 'graphql';
import type { FetchAPI, Plugin } from 'graphql-yoga';
import type { Logger } from 'pino';
import { presentError } from './errors.ts';

/** What a stream of events says of itself: nobody on the way is to keep it, compress it or hold it back. */
const streamHeaders = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
  connection: 'keep-alive',
};

/** What clients ignore, and what keeps a connection from looking dead. */
const signOfLife = ':\n\n';

/**
 * Subscriptions over server-sent events, by graphql-sse's protocol in its mode "distinct connections", with signs of life as often as
 * is said here, and with an end that tells of what went wrong.
 */
export function eventStreams(logger: Logger, heartbeatMs: number): Plugin {
  return {
    onResultProcess({ request, result, resultProcessor, setResultProcessor }) {
      if (!resultProcessor || !(Symbol.asyncIterator in result)) return;
      const results = endingWithErrors(result as AsyncIterable<ExecutionResult>, logger);
      setResultProcessor(
        (_result, fetchAPI) => streamResponse(framesOf(results), { fetchAPI, signal: request.signal, heartbeatMs }),
        'text/event-stream',
      );
    },
    onResponse({ response }) {
      // An answer to what is no subscription is a stream, too, where the client accepts nothing else.
      if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return;
      response.headers.delete('content-encoding');
      for (const [name, value] of Object.entries(streamHeaders)) response.headers.set(name, value);
    },
  };
}

/**
 * An answer that streams. It takes the next frame once the last one has left this process.
 *
 * @param frames is told by `return` when the client is gone, which `signal` may know first
 */
export function streamResponse(
  frames: { next(): Promise<IteratorResult<string, unknown>>; return(): Promise<unknown> },
  { fetchAPI, signal, heartbeatMs }: { fetchAPI: FetchAPI; signal: AbortSignal; heartbeatMs: number },
): Response {
  const encoder = new fetchAPI.TextEncoder();
  let heartbeat: ReturnType<typeof setInterval> | undefined;
  const stop = async (): Promise<void> => {
    clearInterval(heartbeat);
    await frames.return();
  };
  const body = new fetchAPI.ReadableStream<Uint8Array>({
    start(controller) {
      // Some browsers look at the headers only when something follows.
      controller.enqueue(encoder.encode(signOfLife));
      heartbeat = setInterval(() => {
        if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(signOfLife));
      }, heartbeatMs);
    },
    async pull(controller) {
      try {
        const { done, value } = await frames.next();
        if (done !== true) return controller.enqueue(encoder.encode(value));
        controller.close();
      } catch (error) {
        controller.error(error);
      }
      await stop();
    },
    cancel: stop,
  });
  if (signal.aborted) void stop();
  else signal.addEventListener('abort', () => void stop(), { once: true });
  return new fetchAPI.Response(body, { status: 200, headers: streamHeaders });
}

/** These results; one that cannot be had is the last, and says what went wrong. */
export function endingWithErrors(results: AsyncIterable<ExecutionResult>, logger: Logger): AsyncGenerator<ExecutionResult, void> {
  const source = results[Symbol.asyncIterator]();
  let ended = false;
  // By hand: the `return` of a generator would wait for the next event.
  const shown: AsyncGenerator<ExecutionResult, void> = {
    async next() {
      if (ended) return { done: true, value: undefined };
      try {
        const { done, value } = await source.next();
        ended = done === true;
        return ended ? { done: true, value: undefined } : { done: false, value: withoutStatus(value as ExecutionResult) };
      } catch (error) {
        ended = true;
        const presented = error instanceof GraphQLError ? error : presentError(error, logger);
        return { done: false, value: withoutStatus({ errors: [presented] }) };
      }
    },
    async return() {
      ended = true;
      await source.return?.();
      return { done: true, value: undefined };
    },
    async throw(error) {
      await shown.return();
      throw error;
    },
    [Symbol.asyncIterator]: () => shown,
    [Symbol.asyncDispose]: async () => void (await shown.return()),
  };
  return shown;
}

/** A result as it goes into a stream: what plain HTTP would answer with means nothing there. */
export function withoutStatus<Result extends ExecutionResult>(result: Result): Result {
  if (!result.errors) return result;
  for (const { extensions } of result.errors) delete extensions['http'];
  return result;
}

function framesOf(results: AsyncGenerator<ExecutionResult, void>) {
  let completed = false;
  return {
    async next(): Promise<IteratorResult<string>> {
      if (completed) return { done: true, value: undefined };
      const { done, value } = await results.next();
      completed = done === true;
      return { done: false, value: completed ? 'event: complete\ndata:\n\n' : `event: next\ndata: ${JSON.stringify(value)}\n\n` };
    },
    return: () => results.return(),
  };
}
