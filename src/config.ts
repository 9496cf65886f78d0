import { z } from 'zod';
import { InputInvalidError } from './errors.ts';

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .pipe(z.number().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`));

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A time with its unit, as in `90s` or `7d`, in ms; or `never`, which is null. */
const duration = z
  .string()
  .regex(/^(?:\d{1,9}(?:ms|s|m|h|d)|never)$/, 'must be a whole number with its unit (ms, s, m, h or d), as in 24h, or never')
  .transform((text) =>
    text === 'never' ? null : Number.parseInt(text, 10) * unitMs[/[a-z]+/.exec(text)![0] as keyof typeof unitMs],
  );

const hasUser = (url: string): boolean => URL.canParse(url) && new URL(url).username + new URL(url).password !== '';

const splitList = (text: string): string[] =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');

/** As browsers send it. */
const origin = z
  .string()
  .refine(
    (text) => text === '*' || (!text.includes('*') && URL.canParse(text) && new URL(text).origin === text),
    'must be origins, with commas in between, as in https://app.example.com,https://example.org:8443; or * for any',
  );

const environment = z.object({
  LION_HOST: z.string().min(1).default('127.0.0.1'),
  LION_PORT: wholeNumber(0, 65_535).default(8000),
  LION_DATABASE_URL: z.string().min(1).default('file:.lion/lion.db'),
  LION_DURABILITY: z.enum(['full', 'normal']).default('full'),
  LION_MODEL: z.string().min(1).default('auto'),
  LION_MODEL_BASE_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .refine((url) => !hasUser(url), 'must not hold a user and a password; a key is for LION_MODEL_API_KEY')
    .optional(),
  LION_MODEL_API_KEY: z.string().min(1).optional(),
  LION_MODEL_CALL_TIMEOUT_MS: wholeNumber(100, 86_400_000).default(300_000),
  // The fetch of Node gives a silent server up after 300 s by itself.
  LION_MODEL_SILENCE_MS: wholeNumber(100, 300_000).default(60_000),
  LION_MODEL_PATIENCE_MS: wholeNumber(0, 604_800_000).default(600_000),
  LION_MODEL_LIMITS: z.string().default(''),
  LION_MAX_OUTPUT_TOKENS: wholeNumber(1, 10_000_000).optional(),
  LION_PRICES: z.string().min(1).optional(),
  LION_PROMPTS: z.string().min(1).optional(),
  LION_BUILTIN_TOKENS_PER_SECOND: wholeNumber(0, 100_000).default(0),
  LION_RECORD: z.string().min(1).optional(),
  LION_REPLAY: z.string().min(1).optional(),
  LION_CONCURRENCY: wholeNumber(1, 10_000).default(64),
  LION_SESSION_TTL_SECONDS: wholeNumber(1, 2_000_000_000).default(24 * 60 * 60),
  LION_SESSION_RETENTION_SECONDS: wholeNumber(0, 2_000_000_000).default(30 * 24 * 60 * 60),
  LION_IDEMPOTENCY_SECONDS: wholeNumber(1, 2_000_000_000).default(24 * 60 * 60),
  LION_DELTA_RETENTION: duration.default(86_400_000),
  LION_SWEEP_MS: wholeNumber(10, 86_400_000).default(30_000),
  LION_STALL_MS: wholeNumber(100, 3_600_000).default(30_000),
  LION_LIMITS: z.string().default(''),
  LION_TRUST_PROXY: z.string().default(''),
  LION_SHUTDOWN_MS: wholeNumber(0, 3_600_000).default(8000),
  LION_API_KEY: z.string().min(1).optional(),
  LION_DEV: z.enum(['0', '1'], 'must be 0 or 1').default('0'),
  LION_INTROSPECTION: z.enum(['on', 'off'], 'must be on or off').optional(),
  LION_GRAPHIQL: z.enum(['on', 'off'], 'must be on or off').optional(),
  LION_CORS_ORIGINS: z.string().default('').transform(splitList).pipe(z.array(origin)),
  LION_HSTS_SECONDS: wholeNumber(0, 2_000_000_000).default(0),
  LION_PERSISTED_OPERATIONS: z.string().min(1).optional(),
  LION_REQUEST_TIMEOUT_MS: wholeNumber(100, 3_600_000).default(60_000),
  LION_INIT_TIMEOUT_MS: wholeNumber(10, 3_600_000).default(10_000),
  LION_MAX_REQUEST_BYTES: wholeNumber(1000, 1_000_000_000).default(4 * 1024 * 1024),
  LION_METRICS: z.enum(['admin', 'open', 'off']).default('admin'),
  LION_MAX_QUERY_TOKENS: wholeNumber(1, 1_000_000).default(5000),
  LION_MAX_QUERY_DEPTH: wholeNumber(1, 200).default(20),
  LION_MAX_QUERY_ALIASES: wholeNumber(0, 100_000).default(50),
  LION_MAX_QUERY_DIRECTIVES: wholeNumber(0, 100_000).default(50),
  LION_MAX_QUERY_FRAGMENTS: wholeNumber(0, 1000).default(50),
  LION_MAX_QUERY_COST: wholeNumber(1, 1_000_000_000).default(100_000),
  LION_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
});

/** The most that a query may have of each. */
export interface QueryLimits {
  tokens: number;
  /** Fields in one another. */
  depth: number;
  /** Aliases, and fields that are said once more. */
  aliases: number;
  directives: number;
  fragments: number;
  /** Objects that it may answer with. */
  cost: number;
}

/** All that can be set. The README's table of configuration says what each is for. */
export interface Config {
  host: string;
  /** 0: any free port. */
  port: number;
  databaseUrl: string;
  durability: 'full' | 'normal';
  model: string;
  modelBaseUrl?: string | undefined;
  modelApiKey?: string | undefined;
  /** How long one model call may take. */
  modelCallTimeoutMs: number;
  /** How long a provider may send nothing. */
  modelSilenceMs: number;
  /** How long a step waits in all for a provider that says that it is asked too much. */
  modelPatienceMs: number;
  /** By provider: concurrent calls, requests and tokens a minute, as in `openai: 500 rpm, 8 concurrent`. */
  modelLimits: string;
  /** How many tokens an answer may have, its reasoning included. */
  maxOutputTokens?: number | undefined;
  /** A file of prices, beside those that Lion knows. */
  pricesFile?: string | undefined;
  /** A folder of prompts, beside those that come with Lion. */
  promptsFolder?: string | undefined;
  builtinTokensPerSecond: number;
  /** The file in which what models say is kept. */
  recordFile?: string | undefined;
  /** The file whose recording is played back in the models' place. Not both. */
  replayFile?: string | undefined;
  /** How many operations are worked on at a time. */
  concurrency: number;
  /** How long a session lives without use, unless it says otherwise. */
  sessionTtlSeconds: number;
  /** How long an expired session is kept before it is deleted. */
  sessionRetentionSeconds: number;
  /** How long an idempotency key is kept, at least. */
  idempotencySeconds: number;
  /** How long what is provisional in a history is kept after its operation has ended; null for ever. */
  deltaRetentionMs: number | null;
  sweepMs: number;
  /** How long a connection may take none of the data that waits for it. */
  stallMs: number;
  /** What keys, projects and addresses may do, as in `key: 600 requests; project: 100 concurrent`; `off` for no limits. */
  limits: string;
  /** Whose word on where a request comes from is believed: how many proxies there are, or their addresses. Empty: nobody's. */
  trustProxy: string;
  /** How long a stop may take: for what is under way to end, or to be handed back. */
  shutdownMs: number;
  /** The first admin key of a deployment; see `deployedKeyOf`. */
  apiKey?: string | undefined;
  /** Whether Lion is under development: front ends of this machine may use it. */
  dev: boolean;
  /** Whether the schema is shown: by introspection, and by suggestions for what is misspelt. */
  introspection: boolean;
  /** Whether there is a page to try the API in. */
  graphiql: boolean;
  /** Where front ends come from that may use the API, such as `https://app.example.com`; `*` for anywhere. */
  corsOrigins: readonly string[];
  /** For how long browsers are to come over TLS only, once they have; 0: nothing is said of it. */
  hstsSeconds: number;
  /** A file of documents: nothing else is answered over GraphQL. */
  persistedOperations?: string | undefined;
  /** How long a request may take to arrive in full. */
  requestTimeoutMs: number;
  /** How long a WebSocket may take to say `connection_init`. */
  initTimeoutMs: number;
  /** The largest body that a request may have, and the largest message over WebSocket. */
  maxRequestBytes: number;
  /** Who may read `/metrics`: admins, anybody, or nobody. */
  metrics: 'admin' | 'open' | 'off';
  queryLimits: QueryLimits;
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent';
  /** Where providers' own keys are looked for. */
  env: Readonly<Record<string, string | undefined>>;
}

/**
 * The configuration that an environment asks for. An empty variable counts as none.
 *
 * @throws InputInvalidError that names each variable that does not fit, and never its value
 */
export function configFromEnv(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    throw new InputInvalidError(parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })));
  }
  const values = parsed.data;
  if (values.LION_RECORD !== undefined && values.LION_REPLAY !== undefined) {
    throw new InputInvalidError([{ path: 'LION_REPLAY', message: 'cannot be set together with LION_RECORD' }]);
  }
  return {
    host: values.LION_HOST,
    port: values.LION_PORT,
    databaseUrl: values.LION_DATABASE_URL,
    durability: values.LION_DURABILITY,
    model: values.LION_MODEL,
    modelBaseUrl: values.LION_MODEL_BASE_URL,
    modelApiKey: values.LION_MODEL_API_KEY,
    modelCallTimeoutMs: values.LION_MODEL_CALL_TIMEOUT_MS,
    modelSilenceMs: values.LION_MODEL_SILENCE_MS,
    modelPatienceMs: values.LION_MODEL_PATIENCE_MS,
    modelLimits: values.LION_MODEL_LIMITS,
    maxOutputTokens: values.LION_MAX_OUTPUT_TOKENS,
    pricesFile: values.LION_PRICES,
    promptsFolder: values.LION_PROMPTS,
    builtinTokensPerSecond: values.LION_BUILTIN_TOKENS_PER_SECOND,
    recordFile: values.LION_RECORD,
    replayFile: values.LION_REPLAY,
    concurrency: values.LION_CONCURRENCY,
    sessionTtlSeconds: values.LION_SESSION_TTL_SECONDS,
    sessionRetentionSeconds: values.LION_SESSION_RETENTION_SECONDS,
    idempotencySeconds: values.LION_IDEMPOTENCY_SECONDS,
    deltaRetentionMs: values.LION_DELTA_RETENTION,
    sweepMs: values.LION_SWEEP_MS,
    stallMs: values.LION_STALL_MS,
    limits: values.LION_LIMITS,
    trustProxy: values.LION_TRUST_PROXY,
    shutdownMs: values.LION_SHUTDOWN_MS,
    apiKey: values.LION_API_KEY,
    dev: values.LION_DEV === '1',
    introspection: isOn(values.LION_INTROSPECTION, env),
    graphiql: isOn(values.LION_GRAPHIQL, env),
    corsOrigins: values.LION_CORS_ORIGINS,
    hstsSeconds: values.LION_HSTS_SECONDS,
    persistedOperations: values.LION_PERSISTED_OPERATIONS,
    requestTimeoutMs: values.LION_REQUEST_TIMEOUT_MS,
    initTimeoutMs: values.LION_INIT_TIMEOUT_MS,
    maxRequestBytes: values.LION_MAX_REQUEST_BYTES,
    metrics: values.LION_METRICS,
    queryLimits: {
      tokens: values.LION_MAX_QUERY_TOKENS,
      depth: values.LION_MAX_QUERY_DEPTH,
      aliases: values.LION_MAX_QUERY_ALIASES,
      directives: values.LION_MAX_QUERY_DIRECTIVES,
      fragments: values.LION_MAX_QUERY_FRAGMENTS,
      cost: values.LION_MAX_QUERY_COST,
    },
    logLevel: values.LION_LOG_LEVEL,
    env,
  };
}

/** What helps while something is built, and others need not see in production. */
const isOn = (asked: 'on' | 'off' | undefined, { NODE_ENV }: Config['env']): boolean =>
  asked === undefined ? NODE_ENV !== 'production' : asked === 'on';
