import { LionError } from '../errors.ts';

const whyUnauthenticated = {
  MISSING:
    'An API key is missing. Send it as the header `X-API-Key: <key>` or `Authorization: Bearer <key>`, or in the payload of connection_init for WebSocket.',
  UNKNOWN: 'The API key is not known here. Check it for typing errors; it may belong to another Lion or another database.',
  REVOKED: 'The API key was revoked. Ask an admin of the project for another one.',
  EXPIRED:
    'The API key or token has expired. Ask an admin of the project for another key, or whoever made the token for a new one.',
  ROTATED: 'The API key was rotated, and the time in which its former secret still worked is over. Use the new one.',
};

/** No key was given, or one that is not known or has ended. Says nothing of which keys there are. */
export class UnauthenticatedError extends LionError {
  readonly code = 'UNAUTHENTICATED';
  readonly retryable = false;
  readonly why: keyof typeof whyUnauthenticated;
  /** Whether there was a key. */
  readonly isOfKey: boolean;

  constructor(why: keyof typeof whyUnauthenticated) {
    super(whyUnauthenticated[why]);
    this.why = why;
    this.isOfKey = why !== 'MISSING';
  }
}

/** There is no such key, or none of the project. */
export class KeyNotFoundError extends LionError {
  readonly code = 'KEY_NOT_FOUND';
  readonly retryable = false;

  constructor(keyId: string) {
    super(`There is no key ${keyId.slice(0, 64)}. The query \`keys\` lists those that there are.`);
  }
}

const whyNotRotatable = {
  REVOKED: 'it was revoked. Create another one',
  EXPIRED: 'it has expired. Create another one',
  DEPLOYMENT: 'it comes from the configuration. Set LION_API_KEY to another one, and start Lion again',
};

/** The key cannot be given a new secret. */
export class KeyNotRotatableError extends LionError {
  readonly code = 'KEY_NOT_ROTATABLE';
  readonly retryable = false;

  constructor(keyId: string, why: keyof typeof whyNotRotatable) {
    super(`Key ${keyId} cannot be rotated: ${whyNotRotatable[why]}.`);
  }
}

/** Without that key, nobody could administer the project. */
export class LastAdminKeyError extends LionError {
  readonly code = 'LAST_ADMIN_KEY';
  readonly retryable = false;

  constructor(keyId: string) {
    super(
      `Key ${keyId} is the last one of the role admin: without it, nobody could make keys any more. Create another one first, or revoke it with \`force: true\`.`,
    );
  }
}
