import type { Database } from '../database/client.ts';
import { newProjectId } from '../ids.ts';

export const defaultProjectName = 'default';

/** The first project; made when there is none. @returns its id */
export async function ensureDefaultProject(database: Database): Promise<string> {
  const first = await database.reader.project.findFirst({ orderBy: { id: 'asc' }, select: { id: true } });
  if (first) return first.id;
  const id = newProjectId();
  await database.write((transaction) =>
    transaction.project.create({ data: { id, name: defaultProjectName, createdAt: new Date() } }),
  );
  return id;
}
