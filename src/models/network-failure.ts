import type { ModelCallErrorCode } from './errors.ts';

/** What the network did to a call. */
export interface NetworkFailure {
  code: ModelCallErrorCode;
  /** What follows on the model's name. */
  message: string;
  retryable: boolean;
}

/**
 * What a fault of the network means.
 * @param fault its code, as in ECONNREFUSED
 * @param hasBegun whether there was a response
 * @param said what the fault says of itself, without a key in it
 */
export function networkFailure(fault: string | undefined, hasBegun: boolean, said: string): NetworkFailure {
  const suffix = fault === undefined ? '' : ` (${fault})`;
  if (fault === 'UND_ERR_HEADERS_TIMEOUT')
    return { code: 'MODEL_NO_RESPONSE', message: `did not answer for too long${suffix}`, retryable: true };
  if (fault === 'UND_ERR_BODY_TIMEOUT')
    return { code: 'MODEL_STREAM_STALLED', message: `stopped in its answer for too long${suffix}`, retryable: true };
  if (hasBegun) {
    const message = `broke the connection off in the middle of its answer${suffix}`;
    return { code: 'MODEL_STREAM_BROKEN', message, retryable: true };
  }
  // Neither a certificate nor an address gets better by waiting.
  if (fault !== undefined && /CERT|SELF_SIGNED|VERIFY|ISSUER|HOSTNAME_MISMATCH|CRL/.test(fault)) {
    const message = `cannot be trusted: the certificate of its server does not fit: ${said}${suffix}`;
    return { code: 'MODEL_CERTIFICATE_INVALID', message, retryable: false };
  }
  if (fault !== undefined && /^(?:ECONNRESET|EPIPE|ECONNABORTED|UND_ERR_SOCKET|UND_ERR_CLOSED|UND_ERR_DESTROYED)$/.test(fault)) {
    return { code: 'MODEL_CONNECTION_RESET', message: `broke the connection off before it answered${suffix}`, retryable: true };
  }
  if (fault?.startsWith('HPE_') === true) {
    const message = `answered with something that is no HTTP: ${said}${suffix}`;
    return { code: 'MODEL_STREAM_BROKEN', message, retryable: true };
  }
  const lasting = fault !== undefined && /SSL|TLS|EPROTO|INVALID/.test(fault);
  return { code: 'MODEL_UNREACHABLE', message: `cannot be reached: ${said}${suffix}`, retryable: !lasting };
}

/** The code of the innermost fault, as in ECONNREFUSED. */
export function networkFault(thrown: unknown): string | undefined {
  let code: string | undefined;
  let at: unknown = thrown;
  for (let depth = 0; depth < 5 && typeof at === 'object' && at !== null; depth++) {
    const fields = at as { code?: unknown; cause?: unknown; errors?: unknown };
    // A DOMException has a number there.
    if (typeof fields.code === 'string') code = fields.code;
    at = fields.cause ?? (Array.isArray(fields.errors) ? fields.errors[0] : undefined);
  }
  return code;
}
