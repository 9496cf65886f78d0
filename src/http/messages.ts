import type { IncomingMessage } from 'node:http';
import type { ExecutionArgs, ExecutionResult, GraphQLError } from 'graphql';
import type { Viewer } from '../access/key.ts';
import { executePrepared, prepare, subscribePrepared, type OperationRequest } from '../graphql/prepare.ts';
import type { GraphQLServer } from '../graphql/transport.ts';
import { graphqlPath } from '../graphql/yoga.ts';
import { newRequestId } from '../ids.ts';
import type { Lion } from '../lion.ts';
import { inScene, type Scene } from '../origin.ts';

/** What is asked over a WebSocket: each message is a request of its own, with a line of the log, and a place in a trace. */
export interface Messages {
  /** @returns what to execute; or what is wrong with it */
  prepare(
    viewer: Viewer | undefined,
    request: IncomingMessage,
    payload: OperationRequest,
  ): Promise<ExecutionArgs | readonly GraphQLError[]>;
  execute(args: ExecutionArgs): Promise<ExecutionResult>;
  subscribe(args: ExecutionArgs): ReturnType<typeof subscribePrepared>;
}

export function openMessages(graphql: GraphQLServer, lion: Lion): Messages {
  const begun = new WeakMap<ExecutionArgs, { scene: Scene; end(failure?: string): void }>();

  function begin({ headers: { traceparent } }: IncomingMessage): { scene: Scene; end(failure?: string): void } {
    const id = newRequestId();
    const beganAt = performance.now();
    const span = lion.tracer?.begin(`WS ${graphqlPath}`, typeof traceparent === 'string' ? traceparent : null, {
      kind: 'SERVER',
      attributes: { 'network.protocol.name': 'websocket', 'http.route': graphqlPath, 'lion.request.id': id },
    });
    const scene: Scene = { requestId: id, span, about: {} };
    return {
      scene,
      end(failure) {
        span?.end(failure);
        const facts = { request: id, method: 'WS', route: graphqlPath, ms: Math.round(performance.now() - beganAt) };
        const trace = span && { trace_id: span.traceId };
        lion.logger.info({ ...facts, ...scene.about, ...trace, ...(failure !== undefined && { code: failure }) }, 'request');
      },
    };
  }

  async function during<Result extends object>(args: ExecutionArgs, work: () => Promise<Result>): Promise<Result> {
    const message = begun.get(args);
    if (!message) return work();
    try {
      const result = await inScene(message.scene, work);
      message.end('errors' in result ? codeIn(result.errors as readonly GraphQLError[] | undefined) : undefined);
      return result;
    } catch (error) {
      message.end('INTERNAL');
      throw error;
    }
  }

  return {
    async prepare(viewer, request, payload) {
      const message = begin(request);
      const prepared = await inScene(message.scene, () => prepare(graphql, lion, viewer, payload));
      if ('document' in prepared) begun.set(prepared, message);
      else message.end(codeIn(prepared));
      return prepared;
    },
    execute: (args) => during(args, () => executePrepared(args)),
    subscribe: (args) => during(args, () => subscribePrepared(args)),
  };
}

function codeIn(errors: readonly GraphQLError[] = []): string | undefined {
  const [error] = errors;
  const code = error?.extensions['code'];
  return error && (typeof code === 'string' ? code : 'GRAPHQL_ERROR');
}
