import { configFromEnv } from '../config.ts';
import { backUp } from '../database/backup.ts';
import { databasePath } from '../database/client.ts';
import type { Contents } from '../database/copy.ts';
import { restore } from '../database/restore.ts';
import { exitCodes } from './errors.ts';
import { listenForInterrupt } from './interrupt.ts';

interface Options {
  /** Whether to replace what is there. */
  force?: boolean;
}

/** `lion backup`: writes the database into a file, beside a Lion that works with it. @returns the exit code */
export async function backupCommand(file: string, { force = false }: Options): Promise<number> {
  const path = databasePath(configuredUrl());
  const written = await backUp(path, file, { overwrite: force, signal: listenForInterrupt() });
  process.stdout.write(`Wrote ${written.path}: ${sizeOf(written)}, as ${path} was when this began.\n`);
  return exitCodes.done;
}

/** `lion restore`: puts the database of a backup in place. @returns the exit code */
export async function restoreCommand(file: string, { force = false }: Options): Promise<number> {
  const restored = await restore(file, configuredUrl(), { overwrite: force });
  process.stdout.write(`Restored ${restored.path}: ${sizeOf(restored)}.\n`);
  return exitCodes.done;
}

const configuredUrl = (): string => configFromEnv({ LION_DATABASE_URL: process.env['LION_DATABASE_URL'] }).databaseUrl;

const sizeOf = ({ bytes, sessions, operations, events }: Contents): string =>
  `${(bytes / 1_000_000).toFixed(1)} MB with ${count(sessions, 'session')}, ${count(operations, 'operation')} and ${count(events, 'event')}`;

const count = (number: number, of: string): string => `${number.toLocaleString('en')} ${of}${number === 1 ? '' : 's'}`;
