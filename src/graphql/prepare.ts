import type { ExecutionArgs, ExecutionResult, GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import type { Viewer } from '../access/key.ts';
import type { Lion } from '../lion.ts';
import { documentRequestOf } from './allowed-documents.ts';
import { presentError } from './errors.ts';
import { withoutStatus } from './event-stream.ts';
import { refuseCostly } from './query-cost.ts';
import type { GraphQLServer } from './transport.ts';

/** What is asked for, whatever it came over. */
export interface OperationRequest {
  query: string;
  operationName?: string | null | undefined;
  variables?: Record<string, unknown> | null | undefined;
  extensions?: Record<string, unknown> | null | undefined;
  documentId?: unknown;
}

type Enveloped = ReturnType<GraphQLServer['getEnveloped']>;

/**
 * What is to be executed, with all that HTTP does for it; or what is wrong with the request. For transports that have
 * authenticated already.
 */
export async function prepare(
  graphql: Pick<GraphQLServer, 'getEnveloped'>,
  lion: Lion,
  viewer: Viewer | undefined,
  params: OperationRequest,
) {
  const present = (errors: readonly unknown[]): GraphQLError[] => errors.map((error) => presentInStream(error, lion.logger));
  try {
    // Whoever was let in a while ago may not be any more.
    if (viewer) lion.keys.refuseEnded(viewer);
    const enveloped: Enveloped = graphql.getEnveloped({ viewer, request: undefined, params } as never);
    const { schema, parse, validate, contextFactory } = enveloped;
    const document = parse(lion.allowedDocuments?.textOf(documentRequestOf(params)) ?? params.query);
    const errors = validate(schema, document);
    if (errors.length > 0) return present(errors);
    const asked = { schema, document, operationName: params.operationName, variableValues: params.variables };
    refuseCostly(asked, lion.config.queryLimits.cost);
    return {
      ...asked,
      contextValue: await contextFactory(),
      rootValue: enveloped,
    };
  } catch (error) {
    return present([error]);
  }
}

/** What a caller should know of an error, over a transport of which each answer is a message. */
export function presentInStream(error: unknown, logger: Logger): GraphQLError {
  const presented = presentError(error, logger);
  // What HTTP would answer with means nothing here.
  delete presented.extensions['http'];
  return presented;
}

/** Executes what was prepared. */
export const executePrepared = async (args: ExecutionArgs): Promise<ExecutionResult> =>
  withoutStatus((await (args.rootValue as Enveloped).execute(args)) as ExecutionResult);

/** Subscribes to what was prepared. */
export async function subscribePrepared(args: ExecutionArgs): Promise<ExecutionResult | AsyncIterableIterator<ExecutionResult>> {
  const results = (await (args.rootValue as Enveloped).subscribe(args)) as Awaited<ReturnType<typeof subscribePrepared>>;
  return Symbol.asyncIterator in results ? results : withoutStatus(results);
}
