import type { YogaServerInstance } from 'graphql-yoga';
import type { Viewer } from '../access/key.ts';
import type { Context } from './context.ts';

/** What a transport knows of a request before it is executed. */
export interface TransportContext {
  /** Set by transports that have authenticated already. */
  viewer?: Viewer;
}

/** What answers, whatever a request came over. */
export type GraphQLServer = YogaServerInstance<TransportContext, Context>;
