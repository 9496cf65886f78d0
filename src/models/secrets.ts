/**
 * Keeps keys out of what people and logs get to read. The keys that this process uses are removed exactly, wherever they
 * stand; what has the look of one (providers echo parts of a wrong key) is removed by its shape.
 */
const known = new Set<string>();

const shapes = [
  /\bBearer\s+[\w.~+/=*-]{6,}/gi,
  /\b(?:sk|pk|rk|gsk|xai|key|token|api[-_]?key)[-_][\w*.-]{4,}/gi,
  /\bAIza[\w*-]{6,}/g,
  // Half masked, as in `abcd****wxyz`.
  /\b\w{0,16}\*{3,}[\w*-]*/g,
];

const mask = '[key removed]';

/** From now on `redactKeys` removes this key. */
export function rememberKey(key: string): void {
  // A shorter one would tear words apart, and protects nothing.
  if (key.length >= 6) known.add(key);
}

/** `text` without anything that is, or looks like, a key. */
export function redactKeys(text: string): string {
  let clean = text;
  for (const key of known) clean = clean.replaceAll(key, mask);
  for (const shape of shapes) clean = clean.replace(shape, mask);
  return clean;
}
