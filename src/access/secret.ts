import { createHash, randomBytes } from 'node:crypto';

/** What every secret of a key begins with, so that leaked ones can be found. */
const secretPrefix = 'lion_';

/** How much of a secret is kept in clear, to tell keys apart. */
const shownCharacters = secretPrefix.length + 6;

/** The longest that anyone may give: those of a deployment are what its configuration says. */
export const longestSecret = 512;

/** 256 random bits. */
export const newSecret = (): string => `${secretPrefix}${randomBytes(32).toString('base64url')}`;

export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');

export const shownPrefixOf = (secret: string): string =>
  secret.slice(0, Math.min(shownCharacters, Math.floor(secret.length / 3)));
