/**
 * Ids are prefixed and time-ordered. A session's id ends in two characters of room for a shard tag (`00`: no shard). An
 * operation is stored as its session's id and a number; its id is composed at the edge.
 */
import { monotonicFactory } from 'ulid';

export type SessionId = `ses_${string}`;
export type OperationId = `op_${string}_${number}`;

/** Names an operation inside the house. */
export interface OperationRef {
  sessionId: SessionId;
  number: number;
}

/** What there is for who asks: a project, or of that one session alone. */
export interface Scope {
  projectId: string;
  onlySession?: SessionId | undefined;
}

/** Whether a session can be there for who asks; of which project it is remains to be seen. */
export const reaches = ({ onlySession }: Scope, sessionId: string): boolean =>
  onlySession === undefined || onlySession === sessionId;

const nextUlid = monotonicFactory(random);
let pool = new Uint8Array(0);
let used = 0;

/** Random numbers from 0 to 1, from the system's source, a kilobyte at a time: the library asks for a byte a character. */
function random(): number {
  if (used === pool.length) {
    pool = crypto.getRandomValues(new Uint8Array(1024));
    used = 0;
  }
  return pool[used++]! / 256;
}

const body = '[0-9a-hjkmnp-tv-z]{26}';
const sessionIdPattern = new RegExp(`^ses_${body}00$`);
const operationIdPattern = new RegExp(`^op_(${body}00)_([1-9][0-9]{0,9})$`);

const newId = (): string => nextUlid().toLowerCase();

export const newSessionId = (): SessionId => `ses_${newId()}00`;
export const newProjectId = (): string => `prj_${newId()}`;
export const newKeyId = (): string => `key_${newId()}`;
export const newAuditId = (): string => `aud_${newId()}`;
export const newNodeId = (): string => `node_${newId()}`;
/** Names a request, in the log and to the client. */
export const newRequestId = (): string => `req_${newId()}`;
/** Names a fault inside Lion, in the log and to the client. */
export const newFaultId = (): string => `fault_${newId()}`;

const keyIdPattern = new RegExp(`^key_${body}$`);

export const isKeyId = (id: string): boolean => keyIdPattern.test(id);
export const isSessionId = (id: string): id is SessionId => sessionIdPattern.test(id);

export const operationId = (sessionId: string, number: number): OperationId => `op_${sessionId.slice('ses_'.length)}_${number}`;

/** @returns undefined when `id` is not the id of an operation */
export function parseOperationId(id: string): OperationRef | undefined {
  const match = operationIdPattern.exec(id);
  return match ? { sessionId: `ses_${match[1]}`, number: Number(match[2]) } : undefined;
}
