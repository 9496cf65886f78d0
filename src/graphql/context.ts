import { UnauthenticatedError, type Viewer } from '../access/key.ts';
import type { PrismaClient } from '../database/client.ts';
import type { Lion } from '../lion.ts';

/** What a resolver works with. */
export interface Context {
  lion: Lion;
  /** Who asks; undefined where no key was given, which is enough to look at the schema. */
  viewer: Viewer | undefined;
  /** Reads: of one snapshot where the answer has to be of one moment. */
  db: PrismaClient;
  /** Fires when nobody waits for the answer any more. */
  signal: AbortSignal | undefined;
}

/** @throws UnauthenticatedError */
export function viewerOf({ viewer }: Context): Viewer {
  if (!viewer) throw new UnauthenticatedError('MISSING');
  return viewer;
}
