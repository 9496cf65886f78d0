import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { WebSocket } from 'ws';
import { createClient, LionClientError, type Client } from '../client/index.ts';
import { configFromEnv } from '../config.ts';
import { databasePath } from '../database/client.ts';
import { notice } from './display.ts';
import { CliError, UsageError } from './errors.ts';
import { keyPathOf, readKey } from './first-key.ts';
import { listenForInterrupt } from './interrupt.ts';
import { embeddedConfig, LocalLion } from './local.ts';

export interface ConnectOptions {
  signal: AbortSignal;
  /** Told which Lion it is, in a sentence. */
  onNotice: (notice: string) => void;
  /** Whether a Lion that is opened here works on operations. @default true */
  works?: boolean;
  /** Whether there must be a database already. @default false */
  mustExist?: boolean;
}

/** A client of a Lion, and what belongs to it. */
export interface Connection extends AsyncDisposable {
  readonly client: Client;
  /** Whether the Lion runs in this process, and ends with it. */
  readonly isEmbedded: () => boolean;
}

/**
 * Connects to the Lion of `LION_URL`; without that, to the one that holds the database; where none does, to one that is opened
 * here, and closed with the connection.
 *
 * @throws LionError, LionClientError, CliError
 */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const url = process.env['LION_URL'];
  return url === undefined || url === '' ? connectLocally(options) : connectTo(url, options);
}

function connectTo(url: string, { onNotice }: ConnectOptions): Connection {
  const path = databasePath(configFromEnv({ LION_DATABASE_URL: process.env['LION_DATABASE_URL'] }).databaseUrl);
  const key = givenKey() ?? readKey(path);
  if (key === undefined)
    throw new UsageError(
      `There is no API key for the Lion at ${url}. Set LION_KEY to one; ${keyPathOf(path)} holds none either.`,
    );
  const client = clientOf(url, key);
  onNotice(`asking the Lion at ${url}`);
  return { client, isEmbedded: () => false, [Symbol.asyncDispose]: () => client.close() };
}

async function connectLocally({ signal, onNotice, works = true, mustExist = false }: ConnectOptions): Promise<Connection> {
  const path = databasePath(embeddedConfig().databaseUrl);
  const shown = relative(process.cwd(), path).startsWith('..') ? path : relative(process.cwd(), path);
  if (mustExist && !existsSync(path))
    throw new CliError(`There is no database ${shown} yet: nothing has been run. \`lion run\` and \`lion serve\` make it.`);
  const lion = new LocalLion({
    path,
    works,
    signal,
    onFound: (found, url) =>
      onNotice(
        found === 'held' ? `asking the Lion at ${url}, which holds ${shown}` : `no Lion runs on ${shown}: opened one here`,
      ),
  });
  try {
    await lion.locate();
    const key = givenKey() ?? deployedKey() ?? readKey(path);
    if (key === undefined)
      throw new CliError(
        `The API key in ${keyPathOf(path)} cannot be read. Set LION_KEY to a key of the Lion that holds the database.`,
      );
    const client = clientOf(() => lion.locate(), key);
    return {
      client,
      isEmbedded: () => lion.opened,
      async [Symbol.asyncDispose]() {
        await client.close();
        await lion[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await lion[Symbol.asyncDispose]();
    throw error;
  }
}

/** That of the Lion here, where its configuration names one. */
const deployedKey = (): string | undefined => process.env['LION_API_KEY'] || undefined;

const givenKey = (): string | undefined => process.env['LION_KEY'] || undefined;

function clientOf(url: string | (() => Promise<string>), key: string): Client {
  try {
    return createClient({ url, key, webSocketImpl: WebSocket });
  } catch (error) {
    throw error instanceof LionClientError ? new UsageError(`LION_URL: ${error.message}`) : error;
  }
}

/** How a command prints what it found. */
export interface Printing {
  /** As JSON, and nothing beside it. */
  json?: boolean;
}

/** Connects for a command that asks something, and starts no work. @throws CliError where there is no database yet */
export const connectToRead = ({ json = false }: Printing): Promise<Connection> =>
  connect({ signal: listenForInterrupt(), works: false, mustExist: true, onNotice: json ? () => {} : notice });
