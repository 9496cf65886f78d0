import { getOperationAST, type DocumentNode, type ExecutionArgs, type ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { activeSpan, codeOf, traced, type SpanOptions } from '../origin.ts';

/** A name is a client's to choose. */
const longestName = 100;

/**
 * Traces what becomes of a document: that it is parsed, validated, executed. What was parsed and validated before is not again, and not
 * traced. It has to be the last of the plugins, so that all else that they do is a part of it.
 */
export function traceDocuments(): Plugin {
  return {
    onParse({ parseFn, setParseFn }) {
      setParseFn((...given: Parameters<typeof parseFn>) => timed('graphql.parse', () => parseFn(...given) as unknown));
    },
    onValidate({ validateFn, setValidationFn }) {
      setValidationFn((...given: Parameters<typeof validateFn>) =>
        timed(
          'graphql.validate',
          () => validateFn(...given),
          (errors) => (errors.length > 0 ? 'GRAPHQL_VALIDATION_FAILED' : undefined),
        ),
      );
    },
    onExecute({ args, executeFn, setExecuteFn }) {
      if (!activeSpan()) return;
      setExecuteFn((given: ExecutionArgs) =>
        traced(...describe(args), async (span) => {
          const result = (await executeFn(given)) as ExecutionResult;
          span?.end(failureOf(result));
          return result;
        }),
      );
    },
    onSubscribe({ args, subscribeFn, setSubscribeFn }) {
      if (!activeSpan()) return;
      // It ends when the stream begins, which may then go on for days.
      setSubscribeFn((given: ExecutionArgs) =>
        traced(...describe(args), async (span) => {
          const result = (await subscribeFn(given)) as ExecutionResult | AsyncIterable<ExecutionResult>;
          if (!(Symbol.asyncIterator in result)) span?.end(failureOf(result));
          return result;
        }),
      );
    },
  };
}

function timed<T>(name: string, work: () => T, failure?: (result: T) => string | undefined): T {
  const span = activeSpan()?.begin(name);
  if (!span) return work();
  try {
    const result = work();
    span.end(failure?.(result));
    return result;
  } catch (error) {
    span.end(codeOf(error));
    throw error;
  }
}

/** The operation's type and name; never its variables, and not its text, in which values can stand. */
function describe(args: { document: unknown; operationName?: unknown }): [string, SpanOptions] {
  const { document, operationName } = args as { document: DocumentNode; operationName?: string | null };
  const operation = getOperationAST(document, operationName);
  const type = operation?.operation;
  return [
    type ?? 'GraphQL Operation',
    { attributes: { 'graphql.operation.type': type, 'graphql.operation.name': operation?.name?.value.slice(0, longestName) } },
  ];
}

/** The code of the first error; without one, it went well. */
function failureOf({ errors }: ExecutionResult): string | undefined {
  const [error] = errors ?? [];
  if (!error) return undefined;
  const code = error.extensions?.['code'];
  return typeof code === 'string' ? code : 'GRAPHQL_ERROR';
}
