import type { Caller } from '../history/audit.ts';
import type { SessionId } from '../ids.ts';

export type Role = 'viewer' | 'operator' | 'admin';

/** Who asks: a key, with its project and its role; or a token that was made with one. */
export interface Viewer {
  keyId: string;
  keyName: string;
  projectId: string;
  role: Role;
  /** Names the secret that was given, or that the token was made with. */
  secretId: string;
  /** When it ends by itself; undefined for never. */
  expiresAt: Date | undefined;
  isToken: boolean;
  /** The one session that there is for it; undefined for all of the project. */
  onlySession: SessionId | undefined;
}

/** Who asks, for the history. */
export const callerNamed = ({ keyName, isToken }: Viewer): string => `${isToken ? 'a token of ' : ''}the key "${keyName}"`;

/** Who asks, for the audit. */
export const callerOf = (viewer: Viewer): Caller => ({ keyId: viewer.keyId, by: callerNamed(viewer) });
