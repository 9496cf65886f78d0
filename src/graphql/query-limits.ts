import type { ExecutionArgs, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';
import type { Lion } from '../lion.ts';
import { presentError } from './errors.ts';
import { refuseCostly } from './query-cost.ts';
import { parseLimited } from './query-shape.ts';

/** How much text of queries is kept with what came of it, in characters: in all, and of one query. */
const keptCharacters = { all: 8_000_000, one: 100_000 };

/** What is kept of queries that were parsed or refused: so much text, however many queries that is. */
export const queryCache = <Value extends object>() =>
  new LRUCache<string, Value>({
    maxSize: keptCharacters.all,
    maxEntrySize: keptCharacters.one,
    // A short one takes room, too.
    sizeCalculation: (_value, text) => text.length + 100,
    ttl: 3_600_000,
  });

/** Refuses queries of an unreasonable shape before they are looked at, and those that ask for too much before they are executed. */
export function limitQueries({ config: { queryLimits }, logger }: Lion): Plugin {
  const refusal = (args: ExecutionArgs): GraphQLError | undefined => {
    // Other transports have asked before.
    if ((args.contextValue as { request?: Request }).request === undefined) return undefined;
    try {
      refuseCostly(args, queryLimits.cost);
      return undefined;
    } catch (error) {
      return presentError(error, logger);
    }
  };
  return {
    onParse({ setParseFn }) {
      setParseFn((source, options) => parseLimited(source, queryLimits, options));
    },
    onExecute({ args, setResultAndStopExecution }) {
      const error = refusal(args);
      if (error) setResultAndStopExecution({ errors: [error] });
    },
    onSubscribe({ args, setResultAndStopExecution }) {
      const error = refusal(args);
      if (error) setResultAndStopExecution({ errors: [error] });
    },
  };
}
