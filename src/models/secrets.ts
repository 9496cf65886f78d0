/**
 * Keeps secrets out of what people and logs get to read. Those that this process knows of are removed exactly, wherever they
 * stand; what has the look of one (providers echo parts of a wrong key) is removed by its shape.
 */
const known = new Set<string>();

/** What is always one: the key of a Lion, and what headers authorise with. */
const certain = String.raw`\blion_[A-Za-z0-9_-]{43}|\b(?:Bearer|Basic)\s+[\w.~+/=*-]{6,}`;

const shapes = [
  /\b(?:sk|pk|rk|gsk|xai|key|token|api[-_]?key)[-_][\w*.-]{4,}/gi,
  /\bAIza[\w*-]{6,}/g,
  // Half masked, as in `abcd****wxyz`.
  /\b\w{0,16}\*{3,}[\w*-]*/g,
];

const mask = '[key removed]';

/** What `redactSecrets` looks for; made when it is asked for, as it is known then. */
let pattern: RegExp | undefined;

/** From now on this key is removed, also as URLs and JSON spell it. */
export function rememberKey(key: string): void {
  // A shorter one would tear words apart, and protects nothing.
  if (key.length < 6) return;
  for (const spelling of [key, encodeURIComponent(key), JSON.stringify(key).slice(1, -1)]) known.add(spelling);
  pattern = undefined;
}

const namesOfSecrets = /(?:KEY|TOKEN|SECRET|PASSWORD|PASSPHRASE|CREDENTIALS?)$/i;

/** From now on the secrets of an environment are removed: what is called one, and the passwords in addresses. */
export function rememberSecretsOf(env: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value = ''] of Object.entries(env)) {
    if (namesOfSecrets.test(name)) rememberKey(value.trim());
    if (!/^\w+:\/\/[^/]*@/.test(value) || !URL.canParse(value)) continue;
    const { username, password } = new URL(value);
    rememberKey(password);
    rememberKey(decodeURIComponent(password));
    rememberKey(Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64'));
  }
}

/** `text` without any secret that is known, and without what is certainly one. */
export function redactSecrets(text: string): string {
  pattern ??= new RegExp([...[...known].sort(longestFirst).map(escape), certain].join('|'), 'gi');
  return text.replace(pattern, mask);
}

/** `text` without anything that is, or looks like, a key. */
export function redactKeys(text: string): string {
  let clean = redactSecrets(text);
  for (const shape of shapes) clean = clean.replace(shape, mask);
  return clean;
}

/** For pino: no line that it writes holds a secret, whatever error it tells of. */
export const withoutSecrets = { hooks: { streamWrite: redactSecrets } };

const longestFirst = (a: string, b: string): number => b.length - a.length;

const escape = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
