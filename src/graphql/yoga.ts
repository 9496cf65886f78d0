import { createYoga, type Plugin, type YogaInitialContext } from 'graphql-yoga';
import { GraphQLError, OperationTypeNode, getOperationAST, type DocumentNode, type ExecutionArgs } from 'graphql';
import type { PrismaClient } from '../database/client.ts';
import type { Lion } from '../lion.ts';
import { allowListed, refuseUnfit } from './allowed-documents.ts';
import type { Context } from './context.ts';
import { presentError } from './errors.ts';
import { eventStreams } from './event-stream.ts';
import { openFirstLook } from './first-look.ts';
import { hideSchema, withoutSuggestion } from './hidden-schema.ts';
import { limitQueries, queryCache } from './query-limits.ts';
import { buildSchema } from './schema.ts';
import { shareEvents } from './shared-events.ts';
import { singleConnections } from './single-connection.ts';
import { traceDocuments } from './tracing.ts';
import type { GraphQL, TransportContext } from './transport.ts';

/** Where the API is, over every transport. */
export const graphqlPath = '/graphql';

/**
 * GraphQL over HTTP and server-sent events; what other transports execute with, too.
 *
 * @param heartbeatMs how often a stream of events gives a sign of life
 */
export function createGraphQL(lion: Lion, heartbeatMs: number): GraphQL {
  const { introspection } = lion.config;
  const show = introspection ? (error: GraphQLError) => error : withoutSuggestion;
  const schema = buildSchema(lion.definitions.values());
  const { allowedDocuments } = lion;
  if (allowedDocuments) refuseUnfit(allowedDocuments, schema);
  const documentCache = queryCache<DocumentNode>();
  const server = createYoga<TransportContext, Context>({
    schema,
    graphqlEndpoint: graphqlPath,
    context: ({ request, viewer }) => ({
      lion,
      viewer,
      db: lion.database.reader,
      signal: request?.signal,
    }),
    maskedErrors: { maskError: (error) => show(presentError(error, lion.logger)) },
    plugins: [
      ...(allowedDocuments ? [allowListed(allowedDocuments)] : []),
      limitQueries(lion),
      ...(introspection ? [] : [hideSchema()]),
      presentInvalid(lion),
      oneSnapshot(),
      shareEvents(),
      refuseUnacceptable(),
      singleConnections(lion, heartbeatMs),
      eventStreams(lion.logger, heartbeatMs),
      ...(lion.tracer ? [traceDocuments()] : []),
    ],
    // The transport says who may ask.
    cors: false,
    multipart: false,
    extraParamNames: ['documentId'],
    parserAndValidationCache: { documentCache, errorCache: queryCache<Error>() },
    logging: false,
    landingPage: false,
    // The transport serves it.
    graphiql: false,
  });
  return { server, firstLook: openFirstLook(lion, documentCache) };
}

/** What validation finds is presented as all other errors are. */
function presentInvalid({ logger }: Lion): Plugin {
  return {
    onValidate:
      () =>
      ({ valid, result, setResult }) => {
        if (!valid) setResult(result.map((error) => presentError(error, logger)));
      },
  };
}

/** What can carry a stream of events. */
const streams = /text\/event-stream|multipart\/mixed|text\/\*|\*\/\*/;

/** Over HTTP, a subscription needs an answer that can stream: who accepts none is told so, before anything is followed. */
function refuseUnacceptable(): Plugin<YogaInitialContext> {
  return {
    onSubscribe({ args, setResultAndStopExecution }) {
      const accept = args.contextValue.request?.headers.get('accept');
      if (accept === undefined || accept === null || streams.test(accept)) return;
      const extensions = { code: 'BAD_INPUT', http: { status: 406 } };
      setResultAndStopExecution({
        errors: [new GraphQLError('A subscription needs `Accept: text/event-stream`, or a WebSocket.', { extensions })],
      });
    },
  };
}

/** `Session.lastSeq` is of the same moment as the rest of the answer: a query that asks for it reads one snapshot. */
function oneSnapshot(): Plugin<Context> {
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const { document, operationName, contextValue } = args as {
        document: DocumentNode;
        operationName?: string;
        contextValue: Context;
      };
      const isQuery = getOperationAST(document, operationName)?.operation === OperationTypeNode.QUERY;
      if (!isQuery || !asksForLastSeq(document)) return;
      setExecuteFn((given: ExecutionArgs) =>
        contextValue.lion.database.snapshot(async (snapshot) => {
          // A transaction reads as a client does.
          const db = snapshot as unknown as PrismaClient;
          return executeFn({ ...given, contextValue: Object.assign(contextValue, { db }) });
        }),
      );
    },
  };
}

function asksForLastSeq(document: DocumentNode): boolean {
  const text = document.loc?.source.body;
  return text === undefined || text.includes('lastSeq');
}
