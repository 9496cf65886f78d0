import { expect, test } from 'vitest';
import { InputInvalidError } from '../../src/errors.ts';
import { parseTrafficLimits } from '../../src/models/traffic-limits.ts';

test('limits are read, whatever their order and spaces', () => {
  expect(parseTrafficLimits('openai: 500 rpm, 200000 tpm, 8 concurrent; anthropic: 4 concurrent')).toEqual({
    openai: { requestsPerMinute: 500, tokensPerMinute: 200_000, concurrency: 8 },
    anthropic: { concurrency: 4 },
  });
  expect(parseTrafficLimits(' OpenAI-Compatible:8concurrent,5RPM ;\n builtin : 1  tpm;')).toEqual({
    'openai-compatible': { concurrency: 8, requestsPerMinute: 5 },
    builtin: { tokensPerMinute: 1 },
  });
  expect(parseTrafficLimits(' ')).toEqual({});
});

test.each([
  [
    'mistral: 5 rpm',
    /"mistral" is not a provider; the providers are openai, anthropic, google, ollama, openai-compatible, builtin/,
  ],
  ['constructor: 5 rpm', /"constructor" is not a provider/],
  ['openai: 5 rps', /"rps" of openai is not a unit; the units are rpm .*tpm .*concurrent/],
  ['openai: 5 toString', /"toString" of openai is not a unit/],
  ['openai: 0 rpm', /"0 rpm" of openai is not a limit; it must be a whole number from 1 to 1000000000/],
  ['openai: 99999999999 rpm', /is not a limit/],
  ['openai: 1.5 rpm', /"1.5 rpm" of openai makes no sense; it should look like/],
  ['openai: -5 rpm', /"-5 rpm" of openai makes no sense/],
  ['openai: rpm', /"rpm" of openai makes no sense/],
  ['openai: 5', /"5" of openai makes no sense/],
  ['openai:', /"" of openai makes no sense/],
  ['openai: 5 rpm,', /"" of openai makes no sense/],
  ['openai', /"openai" makes no sense; it should look like "openai: 500 rpm/],
  ['5 rpm', /"5 rpm" makes no sense/],
  [': 5 rpm', /makes no sense/],
  ['openai: 5 rpm, 6 rpm', /openai has rpm twice/],
  ['openai: 5 rpm; openai: 6 tpm', /openai is there twice/],
])('"%s" is refused, and what is allowed is said', (text, message) => {
  expect(() => parseTrafficLimits(text)).toThrow(InputInvalidError);
  expect(() => parseTrafficLimits(text)).toThrow(message);
  expect(() => parseTrafficLimits(text)).toThrow(/^LION_MODEL_LIMITS: /);
});
