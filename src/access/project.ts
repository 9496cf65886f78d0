import { Prisma, type Database } from '../database/client.ts';
import { storedTime } from '../database/statements.ts';
import { newProjectId } from '../ids.ts';

export const defaultProjectName = 'default';

/** The first project; made when there is none. @returns its id */
export async function ensureDefaultProject(database: Database): Promise<string> {
  const [first] = await database.query<{ id: string }>(Prisma.sql`SELECT "id" FROM "Project" ORDER BY "id" LIMIT 1`);
  if (first) return first.id;
  const id = newProjectId();
  await database.commit((statements) =>
    statements.execute(
      Prisma.sql`INSERT INTO "Project" ("id", "name", "createdAt") VALUES (${id}, ${defaultProjectName}, ${storedTime(new Date())})`,
    ),
  );
  return id;
}
