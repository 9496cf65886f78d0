import { ApolloLink } from '@apollo/client/link';
import { print } from '@apollo/client/utilities';
import { Observable } from 'rxjs';
import { isSubscription } from './resumption.ts';
import { openResumption, type ResumeOptions } from './resume.ts';

export type { ResumeOptions } from './resume.ts';
export { LionClientError } from './errors.ts';
export { cacheOptions } from './apollo-cache.ts';

/**
 * A link that takes subscriptions over a WebSocket of its own, which is made again whenever it is lost, also by a restart of
 * the server: each event comes exactly once and in order. Queries and mutations go on to the next link.
 *
 *     new ApolloClient({
 *       link: ApolloLink.from([resumeLink({ url, key }), new HttpLink({ uri: `${url}/graphql`, headers: { 'x-api-key': key } })]),
 *       cache: new InMemoryCache(cacheOptions),
 *     });
 *
 * The cursor is the variable that the document gives as `after`; where it gives a number or nothing, one is added. Where it
 * does not select `seq`, that is added too, and taken out of the results again. A subscription ends with an error when the
 * server refuses it, or the key.
 *
 * @throws LionClientError for an URL that is none
 */
export function resumeLink(options: ResumeOptions): ApolloLink {
  const subscribe = openResumption(options, print);
  return new ApolloLink((operation, forward) => {
    const { query: document, variables, operationName, extensions } = operation;
    if (!isSubscription(document, operationName)) return forward(operation);
    return new Observable<ApolloLink.Result>((observer) =>
      subscribe(
        { document, variables, operationName, extensions },
        {
          next: (answer) => observer.next(answer as ApolloLink.Result),
          error: (error) => observer.error(error),
          complete: () => observer.complete(),
        },
      ),
    );
  });
}
