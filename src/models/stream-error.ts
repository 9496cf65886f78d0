/** An error object, whichever of the usual shapes it has. */
export interface ErrorObject {
  /** Its type, code and status, as far as it has them. */
  kind: string;
  said: string;
}

/** What an error object says; the packages know only their own provider's shape. */
export function errorObject(thrown: unknown): ErrorObject {
  let at: unknown = thrown;
  for (let depth = 0; depth < 5; depth++) {
    if (typeof at === 'string') return { kind: '', said: at };
    if (typeof at !== 'object' || at === null) break;
    const fields = at as Record<string, unknown>;
    const nested = fields['error'] ?? (fields['response'] as Record<string, unknown> | null | undefined)?.['error'];
    if (nested === undefined || nested === null) {
      const text = (name: string): string =>
        typeof fields[name] === 'string' || typeof fields[name] === 'number' ? String(fields[name]) : '';
      return { kind: `${text('type')} ${text('code')} ${text('status')}`.trim(), said: text('message') };
    }
    at = nested;
  }
  return { kind: '', said: '' };
}

/** What an error body says. */
export function errorBody(body: string | undefined): ErrorObject {
  try {
    return errorObject(JSON.parse(body ?? ''));
  } catch {
    return { kind: '', said: '' };
  }
}

const passing =
  /rate.?limit|too many requests|exhausted|overload|server.?error|api.?error|unavailable|internal|timeout|\b(?:429|5\d\d)\b/i;
const lasting =
  /insufficient.?quota|billing|credit|authenticat|permission|api.?key|unauthori[sz]ed|forbidden|invalid|not.?found|context.?length|too.?large|unsupported|policy|\b40[0134]\b/i;

/**
 * Whether asking again can help: the kind of the error decides, and where it says nothing, its words. The providers name their
 * errors alike enough for this.
 */
export function canPass({ kind, said }: ErrorObject): boolean {
  if (/insufficient.?quota/i.test(`${kind} ${said}`)) return false;
  for (const text of [kind, said]) {
    if (passing.test(text)) return true;
    if (lasting.test(text)) return false;
  }
  return true;
}
