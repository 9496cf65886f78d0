import { createYoga, type Plugin, type YogaInitialContext } from 'graphql-yoga';
import {
  GraphQLError,
  Lexer,
  OperationTypeNode,
  Source,
  TokenKind,
  getOperationAST,
  type DocumentNode,
  type ExecutionArgs,
} from 'graphql';
import type { PrismaClient } from '../database/client.ts';
import { InputInvalidError } from '../errors.ts';
import type { Lion } from '../lion.ts';
import type { Context } from './context.ts';
import { viewerOfHeaders } from '../access/credentials.ts';
import { presentError } from './errors.ts';
import { eventStreams } from './event-stream.ts';
import { buildSchema } from './schema.ts';
import { shareEvents } from './shared-events.ts';
import { singleConnections } from './single-connection.ts';
import type { GraphQLServer, TransportContext } from './transport.ts';

/** Where the API is, over every transport. */
export const graphqlPath = '/graphql';

/**
 * GraphQL over HTTP and server-sent events; what other transports execute with, too.
 *
 * @param heartbeatMs how often a stream of events gives a sign of life
 */
export function createGraphQL(lion: Lion, heartbeatMs: number): GraphQLServer {
  return createYoga<TransportContext, Context>({
    schema: buildSchema(lion.definitions.values()),
    graphqlEndpoint: graphqlPath,
    context: async ({ request, viewer }) => ({
      lion,
      viewer: viewer ?? (await viewerOfHeaders(lion, request.headers)),
      db: lion.database.reader,
      signal: request?.signal,
    }),
    maskedErrors: { maskError: (error) => presentError(error, lion.logger) },
    plugins: [
      refuseDeepDocuments(),
      presentInvalid(lion),
      oneSnapshot(),
      shareEvents(),
      refuseUnacceptable(),
      singleConnections(lion, heartbeatMs),
      eventStreams(lion.logger, heartbeatMs),
    ],
    cors: (request) =>
      isLocalOrigin(request.headers.get('origin')) ? { origin: request.headers.get('origin')!, credentials: true } : false,
    logging: false,
    landingPage: false,
    // The transport serves it.
    graphiql: false,
  });
}

/** Front ends under development: `localhost` and the loopback addresses, at any port. */
function isLocalOrigin(origin: string | null): boolean {
  if (origin === null || !URL.canParse(origin)) return false;
  return ['localhost', '127.0.0.1', '[::1]'].includes(new URL(origin).hostname);
}

/** Deeper than any honest query, literals of JSON included; and far from what the recursion of a parser takes. */
const deepestDocument = 200;

/** Refuses a document before its nesting can overflow the stack of whoever walks it. */
function refuseDeepDocuments(): Plugin {
  return {
    onParse({ params: { source } }) {
      const text = typeof source === 'string' ? source : source.body;
      if (depthOf(text) > deepestDocument)
        throw new InputInvalidError([{ path: 'query', message: `must not be nested more than ${deepestDocument} levels deep` }]);
    },
  };
}

/** How deep a document is nested, as far as it makes sense: whoever parses it says where it does not. */
function depthOf(document: string): number {
  // Most have fewer brackets than that, and need no closer look.
  if ((document.match(/[[{]/g)?.length ?? 0) <= deepestDocument) return 0;
  const lexer = new Lexer(new Source(document));
  let depth = 0;
  let deepest = 0;
  for (let { kind } = lexer.advance(); kind !== TokenKind.EOF; { kind } = lexer.advance()) {
    if (kind === TokenKind.BRACE_L || kind === TokenKind.BRACKET_L) deepest = Math.max(deepest, ++depth);
    else if (kind === TokenKind.BRACE_R || kind === TokenKind.BRACKET_R) depth--;
  }
  return deepest;
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
