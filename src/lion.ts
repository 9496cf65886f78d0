import pino, { type Logger } from 'pino';
import { openAdmission, type Admission } from './access/admission.ts';
import { openBudgets, type Budgets } from './access/budget.ts';
import { loadAllowedDocuments, type AllowedDocuments } from './access/allowed-documents.ts';
import { deployedKeyOf, takesWeakKeys } from './access/deployed-key.ts';
import { openKeys, type Keys } from './access/key.ts';
import { parseLimits } from './access/limit-settings.ts';
import { openLimits, type Limits } from './access/limits.ts';
import { ensureDefaultProject } from './access/project.ts';
import { openAgent, type Agent } from './agent/agent.ts';
import { openClock, type Clock } from './clock.ts';
import type { Config } from './config.ts';
import { openDatabase, unusable, type Database } from './database/client.ts';
import { messageOf } from './errors.ts';
import { openFeed, type Feed } from './history/feed.ts';
import { openJournal, type Journal } from './history/journal.ts';
import { inProcessNudges, type Nudges } from './history/nudge.ts';
import { openPasts, type Pasts } from './history/past.ts';
import { openModels, type Models } from './models/language-model.ts';
import { loadPrices } from './models/own-prices.ts';
import { parseTrafficLimits } from './models/traffic-limits.ts';
import { rememberSecretsOf, withoutSecrets } from './models/secrets.ts';
import { recordModels } from './models/recording/record.ts';
import { replayModels } from './models/recording/replay.ts';
import { define, type AnyDefinition } from './operations/definition.ts';
import { DefinitionInvalidError } from './operations/errors.ts';
import { builtInDefinitions } from './operations/index.ts';
import { openPrompts } from './operations/prompts.ts';
import { openTracing } from './telemetry/tracing.ts';
import type { Tracer } from './origin.ts';
import { openOperationStore, type OperationStore } from './operations/store.ts';
import { openForking, type Forking } from './sessions/fork.ts';
import { openSessions, type Sessions } from './sessions/session.ts';
import { openUpkeep, type Upkeep } from './sessions/upkeep.ts';

export interface LionOptions {
  /** Kinds of operation beside those that come with Lion. */
  definitions?: readonly AnyDefinition[];
  /** What answers model calls. @default what the configuration names */
  models?: Models;
  /** Where time comes from. @default the system */
  clock?: Clock;
  /** @default pino on standard output, at the configuration's level */
  logger?: Logger;
}

/** An agent server without its transports: what HTTP, GraphQL and the CLI stand on. */
export interface Lion {
  readonly config: Config;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly database: Database;
  readonly journal: Journal;
  readonly nudges: Nudges;
  readonly feed: Feed;
  readonly pasts: Pasts;
  readonly models: Models;
  readonly keys: Keys;
  readonly limits: Limits;
  readonly admission: Admission;
  readonly sessions: Sessions & Forking;
  readonly operations: OperationStore;
  readonly budgets: Budgets;
  readonly agent: Agent;
  /** What may be asked over GraphQL, where not everything may. */
  readonly allowedDocuments: AllowedDocuments | undefined;
  /** What traces go through; undefined where nothing is traced. */
  readonly tracer: Tracer | undefined;
  /** All kinds of operation, by name. */
  readonly definitions: ReadonlyMap<string, AnyDefinition>;
  /** The project that the first key belongs to. */
  readonly defaultProjectId: string;
  /** Stops the work, hands it back, and closes what was opened. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** How often an operation may take its process down before it is failed. */
const maxCrashes = 3;

/**
 * Opens Lion on its database: applies migrations, takes up unfinished work, and begins to work.
 *
 * @throws DatabaseHeldError, DatabaseUnusableError, MigrationFailedError, ModelUnknownError, RecordingUnusableError, DefinitionInvalidError,
 * PromptInvalidError, InputInvalidError
 */
export async function openLion(config: Config, options: LionOptions = {}): Promise<Lion> {
  rememberSecretsOf(config.env);
  const logger = options.logger ?? pino({ level: config.logLevel, ...withoutSecrets });
  const clock = options.clock ?? openClock();
  const definitions = byKind([...builtInDefinitions, ...(options.definitions ?? [])]);
  const { persistedOperations } = config;
  const allowedDocuments = persistedOperations === undefined ? undefined : loadAllowedDocuments(persistedOperations);
  const deployedKey = deployedKeyOf(config);
  const prompts = openPrompts(config.promptsFolder);
  const asking = {
    callTimeoutMs: config.modelCallTimeoutMs,
    silenceTimeoutMs: config.modelSilenceMs,
    rateLimitPatienceMs: config.modelPatienceMs,
    prices: loadPrices(config.pricesFile),
    maxOutputTokens: config.maxOutputTokens,
  };
  const limitSettings = parseLimits(config.limits);
  const models = options.models ?? (await modelsOf(config));
  const tracer = await openTracing(config.env, logger);
  const database = await openDatabase({ url: config.databaseUrl, durability: config.durability });
  try {
    const nudges = inProcessNudges();
    const journal = openJournal(database, nudges, clock);
    const pasts = openPasts(database);
    const feed = openFeed(database, nudges, pasts);
    const keys = await openKeys(database, clock, takesWeakKeys(config));
    const limits = openLimits(database, limitSettings, clock);
    const defaultProjectId = await ensureDefaultProject(database);
    if (deployedKey) await keys.deploy(defaultProjectId, deployedKey);
    const budgets = openBudgets(database, journal.ledgerUse, clock);
    const operations = openOperationStore(database, journal, nudges, limits, {
      sessionTtlSeconds: config.sessionTtlSeconds,
      canonicalModel: (name) => models.canonicalName(name),
    });
    const services = {
      database,
      nudges,
      clock,
      store: operations,
      models,
      prompts,
      asking,
      definition: (kind: string) => definitions.get(kind),
    };
    const agent = openAgent(services, { concurrency: config.concurrency, maxCrashes }, logger, tracer);
    const onUpkeepError = (error: unknown): void =>
      logger.error({ err: error }, `what is old could not be removed; trying again: ${messageOf(error)}`);
    const upkeep = openUpkeep(database, journal, nudges, config, onUpkeepError, clock);
    const sessions = {
      ...abandoning(openSessions(journal, limits, { ttlSeconds: config.sessionTtlSeconds }), agent, upkeep),
      ...openForking(database, journal, pasts, limits),
    };
    const reservationsLeft = await budgets.open();
    if (reservationsLeft > 0)
      logger.warn(
        { calls: reservationsLeft },
        'what calls of the former process used is not known; budgets count their worst case',
      );
    await upkeep.finishDeletions();
    await agent.open();
    upkeep.begin();
    const close = async (): Promise<void> => {
      await upkeep.close();
      await agent.close();
      await keys.close();
      await database.close();
      await tracer?.close();
    };
    return {
      config,
      logger,
      clock,
      database,
      journal,
      nudges,
      feed,
      pasts,
      models,
      keys,
      limits,
      admission: openAdmission(keys, limits),
      sessions,
      operations,
      budgets,
      agent,
      allowedDocuments,
      tracer,
      definitions,
      defaultProjectId,
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await database.close();
    throw unusable(database.path, error);
  }
}

/** The models that the configuration names; recorded, or played back, where it says so. */
async function modelsOf(config: Config): Promise<Models> {
  if (config.replayFile !== undefined) return replayModels(config.replayFile);
  const models = await openModels(modelSettings(config));
  return config.recordFile === undefined ? models : recordModels(models, config.recordFile);
}

function modelSettings({ model, modelBaseUrl, modelApiKey, modelLimits, builtinTokensPerSecond, env }: Config) {
  return {
    model,
    limits: parseTrafficLimits(modelLimits),
    ...(modelBaseUrl !== undefined && { baseUrl: modelBaseUrl }),
    ...(modelApiKey !== undefined && { apiKey: modelApiKey }),
    builtinTokensPerSecond,
    env,
  };
}

function byKind(definitions: readonly AnyDefinition[]): Map<string, AnyDefinition> {
  const byName = new Map<string, AnyDefinition>();
  for (const definition of definitions) {
    if (byName.has(definition.kind))
      throw new DefinitionInvalidError(`There are two definitions of the kind "${definition.kind}".`);
    byName.set(definition.kind, define(definition));
  }
  return byName;
}

/** Deleting a session stops what runs in it, and removes its rows. */
const abandoning = (sessions: Sessions, agent: Agent, upkeep: Upkeep): Sessions => ({
  ...sessions,
  async delete(scope, id, caller) {
    const sessionId = await sessions.delete(scope, id, caller);
    agent.abandonSession(sessionId);
    upkeep.soon();
    return sessionId;
  },
});
