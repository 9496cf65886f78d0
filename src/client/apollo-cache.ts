import type { InMemoryCacheConfig } from '@apollo/client/cache';
import { possibleTypes } from './possible-types.ts';

/**
 * What Apollo's cache has to know of the API: the members of its unions and interfaces; that the ids of ideas, plan steps and
 * choices name them within their operation only, so that they are no keys; and that an event takes the place of the one before.
 *
 *     new InMemoryCache(cacheOptions)
 */
export const cacheOptions = {
  possibleTypes,
  typePolicies: {
    Idea: { keyFields: false },
    PlanStep: { keyFields: false },
    Choice: { keyFields: false },
    Viewer: { merge: true },
    Usage: { merge: true },
    Subscription: { fields: { sessionEvents: { merge: false }, operationEvents: { merge: false } } },
  },
} satisfies InMemoryCacheConfig;
