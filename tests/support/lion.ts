import { join } from 'node:path';
import pino from 'pino';
import type { Clock } from '../../src/clock.ts';
import { configFromEnv, type Config } from '../../src/config.ts';
import type { EventType, StoredEvent } from '../../src/history/event.ts';
import { examine } from '../../src/doctor/doctor.ts';
import { serve, type ServeOptions } from '../../src/http/server.ts';
import { operationId, parseOperationId, type OperationRef } from '../../src/ids.ts';
import { openLion, type Lion } from '../../src/lion.ts';
import type { Models } from '../../src/models/language-model.ts';
import type { AnyDefinition } from '../../src/operations/definition.ts';
import { scratchFolder } from './scratch.ts';
import type { ScriptedModels } from './scripted.ts';

export interface TestLionOptions {
  /** What answers model calls. @default `builtin` */
  models?: Models | ScriptedModels;
  definitions?: readonly AnyDefinition[];
  config?: Partial<Config>;
  /** @default the system's */
  clock?: Clock;
  http?: Partial<ServeOptions>;
  /** Where the database is; kept after the test. @default a folder that is gone with the test */
  folder?: string;
  /** The test closes it in the midst of work. @default what has not ended by then fails the test */
  leavesWork?: boolean;
  /** The test writes into the database what no Lion would. @default what is not sound in it afterwards fails the test */
  isMadeUp?: boolean;
  /** Gets each line of the log. @default there is none */
  onLog?(line: { level: number; msg: string; [field: string]: unknown }): void;
}

export interface GraphQLAnswer {
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads whatever it has asked for
  data: any;
  errors?: { message: string; path?: (string | number)[]; extensions: Record<string, unknown> }[];
}

/** A Lion in this process, served on a free port, with a key. Disposal closes it, and fails when something is left running, or its database is not sound. */
export interface TestLion extends AsyncDisposable {
  readonly lion: Lion;
  readonly url: string;
  readonly key: string;
  /** Asks over HTTP. */
  query(document: string, variables?: Record<string, unknown>, key?: string | null): Promise<GraphQLAnswer>;
  /** Starts an operation. */
  start(kind: string, input: Record<string, unknown>, options?: Record<string, unknown>): Promise<OperationRef & { id: string }>;
  /** All events of an operation and its descendants, until it has ended. */
  follow(operation: OperationRef, after?: number): Promise<StoredEvent[]>;
  eventTypes(operation: OperationRef): Promise<EventType[]>;
  /** All events of a session, as stored. */
  history(sessionId: string): Promise<StoredEvent[]>;
}

export async function openTestLion(options: TestLionOptions = {}): Promise<TestLion> {
  const scratch = options.folder === undefined ? scratchFolder() : undefined;
  const folder = options.folder ?? scratch!.path;
  const config: Config = {
    ...configFromEnv({
      LION_MODEL: 'builtin',
      LION_PORT: '0',
      LION_LOG_LEVEL: 'silent',
      LION_DATABASE_URL: `file:${join(folder, 'lion.db')}`,
    }),
    ...options.config,
  };
  const lion = await openLion(config, {
    logger: options.onLog
      ? pino({ level: 'info' }, { write: (line: string) => options.onLog!(JSON.parse(line)) })
      : pino({ level: 'silent' }),
    ...(options.clock && { clock: options.clock }),
    ...(options.models && { models: options.models }),
    ...(options.definitions && { definitions: options.definitions }),
  });
  const { secret: key } = await lion.keys.create(lion.defaultProjectId, { role: 'admin', name: 'test' });
  const server = await serve(lion, { ...config, ...options.http }).catch(async (error: unknown) => {
    await lion.close();
    scratch?.[Symbol.dispose]();
    throw error;
  });

  const test: TestLion = {
    lion,
    url: server.url,
    key,
    async query(document, variables, withKey = key) {
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(withKey !== null && { 'x-api-key': withKey }) },
        body: JSON.stringify({ query: document, variables }),
      });
      return (await response.json()) as GraphQLAnswer;
    },
    async start(kind, input, startOptions = {}) {
      const definition = lion.definitions.get(kind);
      if (!definition) throw new Error(`There is no definition ${kind}`);
      const { sessionId, number } = await lion.agent.start({
        projectId: lion.defaultProjectId,
        definition,
        input,
        options: startOptions,
      });
      return { sessionId, number, id: operationId(sessionId, number) };
    },
    async follow(operation, after = 0) {
      const events: StoredEvent[] = [];
      for await (const event of await lion.feed.followOperation(operation, { after })) events.push(event);
      return events;
    },
    eventTypes: async (operation) => (await test.follow(operation)).map(({ type }) => type),
    async history(sessionId) {
      const rows = await lion.database.reader.event.findMany({ where: { sessionId }, orderBy: { seq: 'asc' } });
      return rows as unknown as StoredEvent[];
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      const unfinished = await lion.database.reader.operation.count({ where: { finishedAt: null } });
      const { followedSessions } = lion.feed;
      await lion.close();
      const { findings } = examine(lion.database.path);
      scratch?.[Symbol.dispose]();
      const faults = findings.filter(({ severity }) => severity === 'FAULT');
      if (faults.length > 0 && !options.isMadeUp)
        throw new Error(`The database is not sound: ${JSON.stringify(faults, null, 2)}`);
      if (followedSessions > 0) throw new Error(`${followedSessions} sessions are still followed`);
      if (unfinished > 0 && !options.leavesWork) throw new Error(`${unfinished} operations have not ended`);
      if (lion.agent.running > 0) throw new Error(`${lion.agent.running} operations are still executed`);
      if (options.models && 'verify' in options.models) options.models.verify();
    },
  };
  return test;
}

/** The operation of an id that came over the API. */
export function refOf(id: string): OperationRef {
  const ref = parseOperationId(id);
  if (!ref) throw new Error(`${id} is not the id of an operation`);
  return ref;
}
