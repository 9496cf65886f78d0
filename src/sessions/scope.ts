import type { Scope } from '../ids.ts';

/** Which sessions there are for who asks, as Prisma takes it. */
export function sessionsIn({ projectId, onlySession }: Scope): { projectId: string; AND: { id: string }[] } {
  return { projectId, AND: onlySession === undefined ? [] : [{ id: onlySession }] };
}

/** Which operations there are for who asks, likewise. */
export function operationsIn({ projectId, onlySession }: Scope): { projectId: string; AND: { sessionId: string }[] } {
  return { projectId, AND: onlySession === undefined ? [] : [{ sessionId: onlySession }] };
}
