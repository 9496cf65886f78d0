import { LionError } from '../errors.ts';
import { UnauthenticatedError } from './errors.ts';
import type { Role, Viewer } from './viewer.ts';

/**
 * Which role an action needs, at least. Actions are named after the root fields of the API; other transports ask by the same names.
 *
 * To add an action, add its row here, and to the table of roles in the README: a root field without a row keeps the schema from being
 * built.
 */
export const needed = {
  // Queries: to look.
  viewer: 'viewer',
  definitions: 'viewer',
  node: 'viewer',
  session: 'viewer',
  sessions: 'viewer',
  operation: 'viewer',
  operations: 'viewer',
  usage: 'viewer',
  // How Lion itself is: for the keys of its first project.
  system: 'admin',
  metrics: 'admin',
  budgets: 'viewer',
  // Subscriptions: to look, live.
  sessionEvents: 'viewer',
  operationEvents: 'viewer',
  // To work.
  createSession: 'operator',
  updateSession: 'operator',
  forkSession: 'operator',
  brainstorm: 'operator',
  plan: 'operator',
  select: 'operator',
  perform: 'operator',
  run: 'operator',
  /** The mutation of any kind that does not come with Lion. */
  custom: 'operator',
  cancelOperation: 'operator',
  retryOperation: 'operator',
  answerOperation: 'operator',
  /** With a role that is no higher than that of who asks. */
  createToken: 'viewer',
  // To administer.
  deleteSession: 'admin',
  keys: 'admin',
  createKey: 'admin',
  rotateKey: 'admin',
  revokeKey: 'admin',
  audit: 'admin',
  setBudget: 'admin',
  keyLimits: 'admin',
  setKeyLimits: 'admin',
} as const satisfies Record<string, Role>;

export type Action = keyof typeof needed;

/** What a token for one session may ask at all: nothing of what is of the project as a whole. What is missing here is refused. */
const ofSession: ReadonlySet<Action> = new Set<Action>([
  'viewer',
  'definitions',
  'node',
  'session',
  'sessions',
  'operation',
  'operations',
  'sessionEvents',
  'operationEvents',
  'updateSession',
  'deleteSession',
  'brainstorm',
  'plan',
  'select',
  'perform',
  'run',
  'custom',
  'cancelOperation',
  'retryOperation',
  'answerOperation',
  'createToken',
]);

/** What is of this Lion as a whole, with all projects that it works for: for the first one's keys, who operate it. */
const ofLion: ReadonlySet<Action> = new Set<Action>(['system', 'metrics']);

/** What no token may, whatever its role: a key would outlive it. */
const ofKeys: ReadonlySet<Action> = new Set<Action>(['createKey', 'rotateKey', 'revokeKey']);

const ranks: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 };

/** Whether a role includes another one: an operator may all that a viewer may, an admin all. */
export const includes = (role: Role, other: Role): boolean => ranks[role] >= ranks[other];

/** The action that a field or a kind of operation is; undefined where the table has none of that name. */
export const actionNamed = (name: string): Action | undefined => (Object.hasOwn(needed, name) ? (name as Action) : undefined);

const builtInKinds = ['brainstorm', 'plan', 'select', 'perform', 'run'] as const satisfies Action[];

/** The action of starting an operation of a kind: its own row, or that of all custom ones, whatever they are called. */
export const startOf = (kind: string): Action => builtInKinds.find((builtIn) => builtIn === kind) ?? 'custom';

/** Who asks is known, and may not do what was asked for. */
export class ForbiddenError extends LionError {
  readonly code = 'FORBIDDEN';
  readonly retryable = false;

  constructor(why: string) {
    super(why);
  }
}

/** What keeps somebody from an action; undefined for nothing. */
function objection({ role, projectId, isToken, onlySession }: Viewer, action: Action, home: Home): string | undefined {
  const what = isToken ? 'token' : 'key';
  if (!includes(role, needed[action]))
    return `This ${what} has the role ${role}, and ${action} needs at least ${needed[action]}. Ask an admin of the project for a key of that role.`;
  if (onlySession !== undefined && !ofSession.has(action))
    return `This token is for one session, and ${action} is of the project. Ask with a key, or a token for the project.`;
  if (ofLion.has(action) && projectId !== home.defaultProjectId)
    return `This ${what} is of one project of several, and ${action} is of all of this Lion. Ask with a key of its first project.`;
  if (isToken && ofKeys.has(action)) return `A token may not ask for ${action}. Ask with a key.`;
  return undefined;
}

/** The project of those who operate this Lion. */
interface Home {
  defaultProjectId: string;
}

/** Whether somebody may do this. */
export const may = (viewer: Viewer | undefined, action: Action, home: Home): boolean =>
  viewer !== undefined && objection(viewer, action, home) === undefined;

/**
 * Lets pass who may do this.
 *
 * @returns who asks
 * @throws UnauthenticatedError, ForbiddenError
 */
export function permit(viewer: Viewer | undefined, action: Action, home: Home): Viewer {
  if (!viewer) throw new UnauthenticatedError('MISSING');
  const why = objection(viewer, action, home);
  if (why !== undefined) throw new ForbiddenError(why);
  return viewer;
}
