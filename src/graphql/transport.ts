import type { YogaServerInstance } from 'graphql-yoga';
import type { Viewer } from '../access/key.ts';
import type { Context } from './context.ts';
import type { FirstLook } from './first-look.ts';

/** What a transport knows of a request before it is executed. */
export interface TransportContext {
  /** Who asks, as the transport found out when it let the request in; undefined where no key was given. */
  viewer: Viewer | undefined;
}

/** What answers, whatever a request came over. */
export type GraphQLServer = YogaServerInstance<TransportContext, Context>;

/** The API, and what a transport asks before it hands a body on. */
export interface GraphQL {
  server: GraphQLServer;
  firstLook: FirstLook;
}
