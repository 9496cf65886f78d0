import type { DocumentNode, GraphQLError } from 'graphql';
import type { LRUCache } from 'lru-cache';
import type { Lion } from '../lion.ts';
import { activeSpan } from '../origin.ts';
import { presentError } from './errors.ts';
import { queryCache } from './query-limits.ts';
import { parseLimited } from './query-shape.ts';
import { QueryTooComplexError } from './query-too-complex.ts';

/** Looks at what was posted. @returns why it is refused; undefined where whatever comes next is to say what it makes of it */
export type FirstLook = (posted: object) => GraphQLError | undefined;

/**
 * Refuses queries of an unreasonable shape before anything else is made of the request, so that one costs little. What is parsed for
 * that is not parsed again.
 *
 * @param documents where documents are kept by their text
 */
export function openFirstLook({ config, logger, allowedDocuments }: Lion, documents: LRUCache<string, DocumentNode>): FirstLook {
  // Where there is a list, what is not on it is refused by its text alone.
  if (allowedDocuments) return () => undefined;
  const refusals = queryCache<GraphQLError>();
  return (posted) => {
    const query = 'query' in posted ? posted.query : undefined;
    if (typeof query !== 'string' || documents.has(query)) return undefined;
    const known = refusals.get(query);
    if (known) return known;
    const span = activeSpan()?.begin('graphql.parse');
    try {
      documents.set(query, parseLimited(query, config.queryLimits));
      span?.end();
    } catch (error) {
      // What is no query at all is parsed once more by who tells of it; this span, never ended, is not told of.
      if (!(error instanceof QueryTooComplexError)) return undefined;
      span?.end(error.code);
      const refusal = presentError(error, logger);
      refusals.set(query, refusal);
      return refusal;
    }
    return undefined;
  };
}
