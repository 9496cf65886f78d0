import type { Config } from '../config.ts';
import { InputInvalidError } from '../errors.ts';
import { isLoopback } from '../loopback.ts';
import { longestSecret } from './secret.ts';
import { looksLikeToken } from './token.ts';

/** The key that the configuration names. */
export interface DeployedKey {
  secret: string;
  /** Whether it can be guessed: it is taken under development only, on this machine alone. */
  isWeak: boolean;
}

type Where = Pick<Config, 'apiKey' | 'dev' | 'host'>;

/** Whether keys that can be guessed are taken: where nobody but this machine reaches Lion. */
export const takesWeakKeys = ({ dev, host }: Omit<Where, 'apiKey'>): boolean => dev && isLoopback(host);

/** The key in `LION_API_KEY`; undefined where there is none. @throws InputInvalidError for one that cannot be sent, or can be guessed */
export function deployedKeyOf({ apiKey: secret, ...where }: Where): DeployedKey | undefined {
  if (secret === undefined) return undefined;
  if (!/^[\x21-\x7e]+$/.test(secret) || secret.length > longestSecret || looksLikeToken(secret))
    throw refusal(`must be at most ${longestSecret} visible ASCII characters, without spaces; ${advice}`);
  const weakness = weaknessOf(secret);
  if (weakness === undefined) return { secret, isWeak: false };
  if (takesWeakKeys(where)) return { secret, isWeak: true };
  throw refusal(
    `can be guessed: ${weakness}. ${advice[0]!.toUpperCase()}${advice.slice(1)}; or set LION_DEV=1 to use this one on a loopback address, as under development`,
  );
}

const advice = 'make one with: openssl rand -base64 32';

const refusal = (message: string): InputInvalidError => new InputInvalidError([{ path: 'LION_API_KEY', message }]);

/** What anybody would try, as it is without case and punctuation. */
const wellKnown =
  /yoursecretkey|yourapikey|yourkeyhere|supersecret|secretkey|secret|changeme|changethis|replaceme|apikey|password|passwd|letmein|default|example|placeholder|admin|token|lion|test|demo|local|development|qwerty|asdfgh|abcdef|0123456|123456|111111|000000/g;

const leastCharacters = 24;
const leastBits = 80;

/** What makes a key one that can be guessed; undefined where nothing does. Says nothing of the key itself. */
export function weaknessOf(secret: string): string | undefined {
  if (secret.length < leastCharacters) return `it has ${secret.length} characters, and ${leastCharacters} are the least`;
  const plain = secret.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  if (plain.replaceAll(wellKnown, '').length < leastCharacters * (2 / 3)) return 'it is made of words that anybody would try';
  const repeated = secret.slice(0, periodOf(secret));
  if (repeated.length < leastCharacters || bitsOf(repeated) < leastBits) return 'it repeats itself';
  if (stepsOf(secret) > secret.length / 2) return 'it counts up or down';
  return undefined;
}

/** After how many characters a text begins anew. */
function periodOf(text: string): number {
  const period = (text + text).indexOf(text, 1);
  const lengths = Array.from({ length: Math.floor(text.length / 2) }, (_, index) => index + 1);
  const partial = lengths.find((length) => text.startsWith(text.slice(length)));
  return Math.min(period, partial ?? text.length);
}

/** How much it says, by how often its characters occur (Shannon). */
function bitsOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= count * Math.log2(count / text.length);
  return bits;
}

/** How often a character is followed by the next one of the alphabet, or by the one before. */
const stepsOf = (text: string): number =>
  [...text].filter((character, index) => index > 0 && Math.abs(character.charCodeAt(0) - text.charCodeAt(index - 1)) === 1)
    .length;
