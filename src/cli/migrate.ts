import { lookAtMigrations, upgradeDatabase, type Migrations } from '../database/upgrade.ts';
import { configuredDatabase } from './configured-database.ts';
import type { Printing } from './connect.ts';
import { exitCodes } from './errors.ts';
import { counted } from './format.ts';
import { withProgress } from './progress.ts';
import { printJson } from './table.ts';

export interface MigrateOptions extends Printing {
  /** Whether only to look. */
  check?: boolean;
}

/** `lion migrate`: applies the migrations that the database lacks, or looks whether it lacks any. @returns the exit code */
export async function migrateCommand({ check = false, json = false }: MigrateOptions): Promise<number> {
  const url = configuredDatabase();
  return check ? tell(lookAtMigrations(url), json) : upgrade(url, json);
}

function tell({ path, applied, pending }: Migrations, json: boolean): number {
  if (json) printJson({ database: path, applied, pending });
  else if (pending.length === 0) process.stdout.write(`${path}: has all ${counted(applied.length, 'migration')}.\n`);
  else {
    const named = pending.map((name) => `  ${name}\n`).join('');
    process.stdout.write(
      `${path}: ${counted(pending.length, 'migration')} pending\n${named}\`lion migrate\` applies them, and so does \`lion serve\`.\n`,
    );
  }
  return pending.length === 0 ? exitCodes.done : exitCodes.failed;
}

async function upgrade(url: string, json: boolean): Promise<number> {
  const { path, applied, pending } = await withProgress((show) => upgradeDatabase(url, (name) => show(`applying ${name}`)));
  if (json) printJson({ database: path, applied: [...applied, ...pending], pending: [], appliedNow: pending });
  else if (pending.length === 0)
    process.stdout.write(`${path}: has all ${counted(applied.length, 'migration')}; nothing was to be done.\n`);
  else
    process.stdout.write(
      `${path}: applied ${counted(pending.length, 'migration')}\n${pending.map((name) => `  ${name}\n`).join('')}`,
    );
  return exitCodes.done;
}
