import { InputInvalidError } from '../errors.ts';
import { isProviderName, providerNames } from './providers.ts';

/** The limits of one provider; what is not set is not limited. */
export interface ProviderLimits {
  /** How many calls may be under way at a time. */
  concurrency?: number;
  /** How many calls may begin in any 60 s. */
  requestsPerMinute?: number;
  /** How many tokens, input and output, calls may use in any 60 s. */
  tokensPerMinute?: number;
}

/** By the name of the provider. */
export type TrafficLimits = Readonly<Record<string, ProviderLimits>>;

const units: Readonly<Record<string, keyof ProviderLimits>> = {
  concurrent: 'concurrency',
  rpm: 'requestsPerMinute',
  tpm: 'tokensPerMinute',
};
const largest = 1_000_000_000;
const form =
  'it should look like "openai: 500 rpm, 200000 tpm, 8 concurrent; anthropic: 4 concurrent", with any of the three after each provider';

/**
 * Reads LION_MODEL_LIMITS, as in `openai: 500 rpm, 200000 tpm, 8 concurrent; anthropic: 4 concurrent`.
 *
 * @returns no limits for an empty text
 * @throws InputInvalidError that says what does not fit, and what is allowed
 */
export function parseTrafficLimits(text: string): TrafficLimits {
  const limits = new Map<string, ProviderLimits>();
  for (const part of text.split(';')) {
    if (part.trim() === '') continue;
    const [, provider, rates] = /^\s*([^\s:,]+)\s*:(.*)$/s.exec(part) ?? refuse(`${quoted(part)} makes no sense; ${form}`);
    const name = provider!.toLowerCase();
    if (name !== 'builtin' && !isProviderName(name)) {
      refuse(`${quoted(provider!)} is not a provider; the providers are ${[...providerNames, 'builtin'].join(', ')}`);
    }
    if (limits.has(name)) refuse(`${name} is there twice; name each provider once`);
    limits.set(name, ratesOf(name, rates!));
  }
  return Object.fromEntries(limits);
}

function ratesOf(provider: string, text: string): ProviderLimits {
  const limits: ProviderLimits = {};
  for (const rate of text.split(',')) {
    const [, digits, unit] =
      /^\s*(\d+)\s*([a-z]+)\s*$/i.exec(rate) ?? refuse(`${quoted(rate)} of ${provider} makes no sense; ${form}`);
    const limit = Object.hasOwn(units, unit!.toLowerCase()) ? units[unit!.toLowerCase()]! : undefined;
    if (limit === undefined) {
      return refuse(
        `${quoted(unit!)} of ${provider} is not a unit; the units are rpm (requests a minute), tpm (tokens a minute) and concurrent (calls at a time)`,
      );
    }
    if (limits[limit] !== undefined) refuse(`${provider} has ${unit!.toLowerCase()} twice; set each limit once`);
    const count = Number(digits);
    if (count < 1 || count > largest) {
      refuse(
        `${quoted(rate)} of ${provider} is not a limit; it must be a whole number from 1 to ${largest}; leave it away for no limit`,
      );
    }
    limits[limit] = count;
  }
  return limits;
}

function refuse(message: string): never {
  throw new InputInvalidError([{ path: 'LION_MODEL_LIMITS', message }]);
}

const quoted = (text: string): string => JSON.stringify(text.trim().slice(0, 60));
