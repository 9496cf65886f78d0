import { connect } from './connect.ts';
import { notice, sizeOf } from './display.ts';
import { exitCodes } from './errors.ts';
import { oneLine, paintFor, truncate } from './format.ts';
import { listenForInterrupt } from './interrupt.ts';
import { renderTable } from './result.ts';

export interface SessionsOptions {
  first: number;
  json?: boolean;
}

interface Session {
  id: string;
  title: string | null;
  status: string;
  lastSeq: number;
  createdAt: string;
  expiresAt: string | null;
}

/** `lion sessions`: lists the sessions, newest first. @returns the exit code */
export async function sessionsCommand({ first, json = false }: SessionsOptions): Promise<number> {
  const signal = listenForInterrupt();
  // Looking starts no work.
  const options = { signal, works: false, mustExist: true, onNotice: json ? () => {} : notice };
  await using connection = await connect(options);
  const { sessions } = await connection.client.query<{ sessions: { nodes: Session[] } }>(
    /* GraphQL */ `
      query Sessions($first: Int!) {
        sessions(first: $first) {
          nodes {
            id
            title
            status
            lastSeq
            createdAt
            expiresAt
          }
        }
      }
    `,
    { first },
  );
  process.stdout.write(json ? `${JSON.stringify(sessions.nodes, null, 2)}\n` : tableOf(sessions.nodes));
  return exitCodes.done;
}

function tableOf(sessions: readonly Session[]): string {
  if (sessions.length === 0) return 'There are no sessions.\n';
  const rows = sessions.map(({ id, title, status, lastSeq, createdAt, expiresAt }) => [
    id,
    status.toLowerCase(),
    String(lastSeq),
    minute(createdAt),
    expiresAt === null ? 'never' : minute(expiresAt),
    truncate(oneLine(title ?? ''), 40),
  ]);
  const [head = '', ...lines] = renderTable([['id', 'status', 'events', 'created', 'expires', 'title'], ...rows]);
  const { columns } = sizeOf(process.stdout);
  const fit = (line: string): string => (process.stdout.isTTY ? truncate(line, columns) : line);
  return `${[paintFor(process.stdout).dim(fit(head)), ...lines.map(fit)].join('\n')}\n`;
}

/** In the time of this machine. */
function minute(iso: string): string {
  const at = new Date(iso);
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}
