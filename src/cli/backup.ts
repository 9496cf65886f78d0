import { backUp } from '../database/backup.ts';
import { databasePath } from '../database/client.ts';
import type { Contents } from '../database/copy.ts';
import { restore } from '../database/restore.ts';
import { configuredDatabase } from './configured-database.ts';
import type { Printing } from './connect.ts';
import { exitCodes } from './errors.ts';
import { counted } from './format.ts';
import { listenForInterrupt } from './interrupt.ts';
import { withProgress } from './progress.ts';
import { printJson } from './table.ts';

interface Options extends Printing {
  /** Whether to replace what is there. */
  force?: boolean;
}

/** `lion backup`: writes the database into a file, beside a Lion that works with it. @returns the exit code */
export async function backupCommand(file: string, { force = false, json = false }: Options): Promise<number> {
  const path = databasePath(configuredDatabase());
  const written = await withProgress((onProgress) =>
    backUp(path, file, { overwrite: force, signal: listenForInterrupt(), onProgress }),
  );
  if (json) printJson(written);
  else process.stdout.write(`Wrote ${written.path}: ${sizeOf(written)}, as ${path} was when this began.\n`);
  return exitCodes.done;
}

/** `lion restore`: puts the database of a backup in place. @returns the exit code */
export async function restoreCommand(file: string, { force = false, json = false }: Options): Promise<number> {
  const restored = await withProgress((onProgress) => restore(file, configuredDatabase(), { overwrite: force, onProgress }));
  if (json) printJson(restored);
  else process.stdout.write(`Restored ${restored.path}: ${sizeOf(restored)}.\n`);
  return exitCodes.done;
}

const sizeOf = ({ bytes, sessions, operations, events }: Contents): string =>
  `${(bytes / 1_000_000).toFixed(1)} MB with ${counted(sessions, 'session')}, ${counted(operations, 'operation')} and ${counted(events, 'event')}`;
