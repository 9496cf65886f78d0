import type { Command } from 'commander';
import { backupCommand, restoreCommand } from './backup.ts';
import { doctorCommand, type DoctorOptions } from './doctor.ts';
import { migrateCommand, type MigrateOptions } from './migrate.ts';
import { examples, exitingWith, whichDatabase } from './options.ts';

/** The commands that look after the database, as a file. */
export function addDatabaseCommands(program: Command): void {
  program
    .command('migrate')
    .description('apply the migrations that the database lacks, while no Lion works with it; lion serve does so, too')
    .option('--check', 'only look: ends with 1 where some are pending')
    .option('--json', 'print what it has, and what was applied, as JSON')
    .addHelpText('after', examples('lion migrate --check', 'lion backup before.db && lion migrate') + whichDatabase)
    .action(exitingWith((options: MigrateOptions) => migrateCommand(options)));

  program
    .command('backup')
    .description('write all that the database holds into a file, also while a Lion works with it')
    .argument('<file>', 'where to')
    .option('--force', 'replace the file if it is there')
    .option('--json', 'print what it holds as JSON')
    .addHelpText('after', examples('lion backup lion-2026-11-25.db', 'lion backup /mnt/backups/lion.db --force') + whichDatabase)
    .action(exitingWith((file: string, options: { force?: boolean; json?: boolean }) => backupCommand(file, options)));

  program
    .command('restore')
    .description('put the database of a backup in place, while no Lion works with it')
    .argument('<file>', 'a file that lion backup wrote')
    .option('--force', 'replace the database that is there')
    .option('--json', 'print what it holds as JSON')
    .addHelpText('after', examples('lion restore lion-2026-11-25.db', 'lion restore lion-2026-11-25.db --force') + whichDatabase)
    .action(exitingWith((file: string, options: { force?: boolean; json?: boolean }) => restoreCommand(file, options)));

  program
    .command('doctor')
    .description('look through the database for whatever should not be, and say what it is; changes nothing without --mend')
    .option('--mend', 'mend what can be mended without guessing, after a backup, while no Lion works with the database')
    .option('--json', 'print what was found as JSON')
    .addHelpText(
      'after',
      examples('lion doctor', 'lion doctor --json | jq .findings', 'lion doctor --mend') +
        whichDatabase +
        `

It may look while a Lion works with the database: it sees all as of one moment, and is
in nobody's way; what that Lion has claimed is then as it should be. Where none does,
what is still claimed was left by one that was killed: a note, and no fault, as the
next one goes on with it.

--mend writes a backup beside the database, mends in one transaction, and looks again.
What is lost, or contradicts itself, is reported, and left as it is.

It ends with 0 for a sound database, 1 for faults (with --mend: that are left), 2 where
it could not look: no database, one of an older or a newer Lion, one that is held.`,
    )
    .action(exitingWith((options: DoctorOptions) => doctorCommand(options)));
}
