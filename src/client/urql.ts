import {
  getOperationName,
  makeErrorResult,
  makeOperation,
  makeResult,
  stringifyDocument,
  type Client,
  type Exchange,
  type ExecutionResult,
  type Operation,
  type OperationResult,
} from '@urql/core';
import { filter, make, merge, mergeMap, pipe, takeUntil, type Source } from 'wonka';
import { openResumption, type ResumeOptions } from './resume.ts';

export type { ResumeOptions } from './resume.ts';
export { LionClientError } from './errors.ts';

/**
 * An exchange that takes subscriptions over a WebSocket of its own, which is made again whenever it is lost, also by a restart
 * of the server: each event comes exactly once and in order. Queries and mutations go on to the next exchange.
 *
 *     new Client({
 *       url: `${url}/graphql`,
 *       fetchOptions: { headers: { 'x-api-key': key } },
 *       exchanges: [cacheExchange, resumeExchange({ url, key }), fetchExchange],
 *     });
 *
 * The cursor is the variable that the document gives as `after`; where it gives a number or nothing, one is added. Where it
 * does not select `seq`, that is added too, and taken out of the results again. A subscription ends with an error when the
 * server refuses it, or the key.
 *
 * @throws LionClientError for an URL that is none
 */
export function resumeExchange(options: ResumeOptions): Exchange {
  const subscribe = openResumption(options, stringifyDocument);

  // Not `subscriptionExchange`: that gives the last result once more when a subscription completes.
  const resultsOf = (operation: Operation, client: Client): Source<OperationResult> =>
    make(({ next, complete }) => {
      const { query: document, variables, extensions } = operation;
      const end = (): void => {
        client.reexecuteOperation(makeOperation('teardown', operation, operation.context));
        complete();
      };
      return subscribe(
        { document, variables: variables ?? {}, operationName: getOperationName(document), extensions },
        {
          next: (answer) => next(makeResult(operation, answer as ExecutionResult)),
          error(error) {
            next(makeErrorResult(operation, error as Error));
            end();
          },
          complete: end,
        },
      );
    });

  return ({ client, forward }) =>
    (operations) =>
      merge([
        pipe(
          operations,
          filter(({ kind }) => kind === 'subscription'),
          mergeMap((operation) => {
            const teardown = filter(({ kind, key }: Operation) => kind === 'teardown' && key === operation.key)(operations);
            return pipe(resultsOf(operation, client), takeUntil(teardown));
          }),
        ),
        pipe(
          operations,
          filter(({ kind }) => kind !== 'subscription'),
          forward,
        ),
      ]);
}
