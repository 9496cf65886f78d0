import { Prisma } from '../database/client.ts';
import { eventTypes, provisionalTypes, terminalEventTypes, type EventType } from './event.ts';

/** Which events of a history are wanted. */
export interface Selection {
  /** Only those of these operations. */
  operations?: readonly number[] | undefined;
  /** Only those of these types. */
  types?: readonly EventType[] | undefined;
  /** Whatever the types: what ends this operation. */
  orEndOf?: number | undefined;
}

/** The types of which a history may hold very many: what an operation says, bit by bit. */
export const frequentTypes: readonly EventType[] = [...provisionalTypes, 'DataEmitted'];

const milestoneTypes = eventTypes.filter((type) => !frequentTypes.includes(type));

/** Word for word what the partial index "Event_milestones" says of itself: a query that says so, too, can go by it. */
export const isMilestone = `"type" NOT IN (${frequentTypes.map((type) => `'${type}'`).join(', ')})`;

/** The types that are asked for, where an index finds them: of each of these there are a few for each operation and step. */
export function milestonesIn({ operations, types }: Selection): readonly EventType[] | undefined {
  const found = operations === undefined && types?.every((type) => milestoneTypes.includes(type)) === true;
  return found ? types : undefined;
}

export const takesAll = ({ operations, types }: Selection): boolean => operations === undefined && types === undefined;

/** What a selection takes, of the table "Event". */
export function conditionOf({ operations, types, orEndOf }: Selection): Prisma.Sql {
  const conditions = [
    ...(operations ? [Prisma.sql`"operation" IN (${list(operations)})`] : []),
    ...(types ? [Prisma.sql`("type" IN (${list(types)}) ${orEnd(orEndOf)})`] : []),
  ];
  return conditions.length === 0 ? Prisma.sql`TRUE` : Prisma.join(conditions, ' AND ');
}

const orEnd = (operation: number | undefined): Prisma.Sql =>
  operation === undefined
    ? Prisma.empty
    : Prisma.sql`OR ("operation" = ${operation} AND "type" IN (${list(terminalEventTypes)}))`;

/** `IN ()` takes nothing; Prisma joins no empty list. */
const list = (values: readonly (string | number)[]): Prisma.Sql =>
  values.length === 0 ? Prisma.sql`NULL` : Prisma.join([...values]);
