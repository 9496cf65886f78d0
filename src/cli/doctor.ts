import { databasePath } from '../database/client.ts';
import { examine, mend, type Finding, type Report } from '../doctor/doctor.ts';
import { LionError } from '../errors.ts';
import { configuredDatabase } from './configured-database.ts';
import { CliError, exitCodes } from './errors.ts';
import { counted } from './format.ts';
import { listenForInterrupt } from './interrupt.ts';
import { withProgress } from './progress.ts';

export interface DoctorOptions {
  /** Whether to mend what can be mended. */
  mend?: boolean;
  /** Whether to print the report as JSON. */
  json?: boolean;
}

/** `lion doctor`: looks through the database, and mends it where that is asked for. @returns the exit code */
export async function doctorCommand(options: DoctorOptions): Promise<number> {
  try {
    return await look(options);
  } catch (error) {
    // Not to be taken for a database that is at fault.
    if (error instanceof LionError) throw new CliError(error.message, exitCodes.couldNotLook);
    throw error;
  }
}

async function look({ mend: mends = false, json = false }: DoctorOptions): Promise<number> {
  const path = databasePath(configuredDatabase());
  if (!mends) {
    const report = await withProgress((show) => examine(path, show));
    process.stdout.write(json ? asJson(report) : `${textOf(report)}${verdictOf(report)}`);
    return exitCodeOf(report);
  }
  const { backup, before, after } = await withProgress((show) => mend(path, listenForInterrupt(), show));
  if (json) process.stdout.write(asJson({ ...after, backup: backup ?? null, before: before.findings }));
  else if (backup === undefined) process.stdout.write(`${textOf(after)}${verdictOf(after, true)}`);
  else {
    process.stdout.write(`${textOf(before)}
Wrote ${backup}, with all that was there before.
Mended. Looked again:

${textOf(after)}${verdictOf(after, true)}`);
  }
  return exitCodeOf(after);
}

const exitCodeOf = ({ isSound }: Report): number => (isSound ? exitCodes.done : exitCodes.failed);

const asJson = (report: object): string => `${JSON.stringify(report, null, 2)}\n`;

function textOf({ database, heldBy, contents, checks, findings }: Report): string {
  const holder = heldBy && ` The Lion with process id ${heldBy.pid} works with it; this is how it was at one moment.`;
  const size = contents
    ? `${counted(contents.sessions, 'session')}, ${counted(contents.operations, 'operation')}, ${counted(contents.events, 'event')}, ${counted(checks, 'check')}.`
    : '';
  return `${[`${database}: ${size}${holder ?? ''}`, ...findings.map(textOfFinding)].join('\n\n')}\n`;
}

function textOfFinding({ check, severity, rule, count: places, mendable, examples, advice }: Finding): string {
  const canBeMended = mendable === places ? 'can be mended' : mendable > 0 ? `${mendable} can be mended` : 'cannot be mended';
  const title =
    severity === 'NOTE' ? `note   ${check} (${places}): ${rule}` : `fault  ${check} (${places}, ${canBeMended}): ${rule}`;
  const lines = examples.map(({ sessionId, operationId, seq, what }) => {
    const where = [operationId ?? sessionId, seq === null ? null : `event ${seq}`].filter((part) => part !== null).join(', ');
    return `         ${where === '' ? '' : `${where}: `}${what}`;
  });
  const more = places - examples.length;
  if (more > 0) lines.push(`         ... and ${more.toLocaleString('en')} more`);
  if (advice !== null) lines.push(`       ${advice}`);
  return [title, ...lines].join('\n');
}

/** The last line: what it all comes to, and what to do. */
function verdictOf({ findings, isSound, heldBy }: Report, hasMended = false): string {
  if (isSound) return '\nSound.\n';
  const sum = (of: (finding: Finding) => number): number =>
    findings.filter(({ severity }) => severity === 'FAULT').reduce((total, finding) => total + of(finding), 0);
  const [places, mendable] = [sum((finding) => finding.count), sum((finding) => finding.mendable)];
  const left = places - mendable;
  const mends = mendable > 0 ? ` lion doctor --mend mends ${mendable} of them${heldBy ? ', once the Lion is stopped' : ''}.` : '';
  const stays = left > 0 ? ` What cannot be mended without guessing${hasMended ? ' was left as it is' : ''}: ${left}.` : '';
  return `\nFaults: ${places}.${mends}${stays}\n`;
}
