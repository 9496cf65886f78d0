import { setImmediate as turn } from 'node:timers/promises';
import type { OnBusy } from '../../src/history/event.ts';
import { parseOperationId } from '../../src/ids.ts';
import type { Command, Word } from './command.ts';
import { Following } from './following.ts';
import type { Answered } from './lives.ts';
import { claim, isTerminal, type OperationModel, type SessionModel } from './model.ts';
import type { Telling } from './telling.ts';
import type { KeyModel, World } from './world.ts';

/** More than so many sessions are not kept at a time. */
const mostSessions = 4;

const numberOf = (id: string): number => parseOperationId(id)!.number;
const pick = <T>(list: readonly T[], index: number): T | undefined => list[index % list.length];

/** Does what a command says, and claims what follows from the answer. Where there is nothing that it could be done to, nothing is done. */
export async function act(world: World, command: Command): Promise<void> {
  for (let n = 0; n < command.after; n++) await turn();
  const session = 'session' in command ? pick(world.present, command.session) : undefined;
  switch (command.do) {
    case 'create':
      return create(world, command.onBusy);
    case 'start':
      return session && start(world, session, command.plan, command.onBusy);
    case 'repeat':
      return session && repeat(world, session, command);
    case 'go':
      return world.lives.go(command.gate, command.count);
    case 'answer':
      return answer(world, command.question, command.unfit === true);
    case 'cancel':
      return cancel(world, command.operation, command.any);
    case 'retry':
      return retry(world, command.operation);
    case 'fork':
      return session && fork(world, session, command.back);
    case 'prune':
      world.mayBePruned = true;
      return world.lives.prune();
    case 'delete':
      return session && remove(world, session);
    case 'crash':
      return world.lives.crash();
    case 'read':
      return session && world.read(session, command.size, command.backward, command.cursor);
    case 'follow':
      return session && follow(world, session, undefined, command.cursor);
    case 'followOperation': {
      const known = pick(operationsOf(world), command.operation);
      return known && follow(world, known.session, known.operation.number, command.cursor);
    }
  }
}

/** Claims that what was refused had to be refused. */
function refused({ code }: Answered<unknown>, { isDeleted, id }: SessionModel, what: string): void {
  const isGone = code === 'SESSION_NOT_FOUND' || code === 'OPERATION_NOT_FOUND';
  claim(code === 'LOST' || (isGone && isDeleted !== false), `${what} in ${id} is refused with ${code}`);
}

/** All operations that the sessions show as their own. */
function operationsOf(world: World): { session: SessionModel; operation: OperationModel; id: string }[] {
  return world.present.flatMap((session) =>
    [...world.tell(session).operations.values()]
      .filter(({ queuedAt }) => queuedAt > session.forkSeq)
      .map((operation) => ({ session, operation, id: `op_${session.id.slice('ses_'.length)}_${operation.number}` })),
  );
}

const told = (telling: Telling, number: number): OperationModel => {
  const operation = telling.operations.get(number);
  claim(operation, `operation ${number} was started, and is not in the history`);
  return operation;
};

async function create(world: World, onBusy: OnBusy): Promise<void> {
  if (world.present.length >= mostSessions) return;
  const { value } = await world.lives.ask((client) => client.createSession({ onBusy }));
  if (value) world.addSession(value.id, onBusy);
}

async function start(world: World, session: SessionModel, plan: Word[], onBusy: OnBusy | undefined): Promise<void> {
  const name = world.name('job');
  world.intents.set(name, { onBusy: onBusy ?? session.onBusy });
  const seenBefore = session.lastSeq;
  const answered = await world.lives.ask((client) =>
    client.start('job', { name, plan }, { sessionId: session.id, ...(onBusy && { onBusy }) }),
  );
  if (answered.value) return started(session, answered.value.id, name);
  if (answered.code === 'SESSION_BUSY') return busy(session, onBusy ?? session.onBusy, answered.operationId, seenBefore);
  refused(answered, session, `starting ${name}`);
}

function started(session: SessionModel, id: string, name: string): void {
  claim(parseOperationId(id)?.sessionId === session.id, `${name} was started in ${session.id}, and is ${id}`);
  session.claims.push((telling) => claim(told(telling, numberOf(id)).name === name, `${id} is not ${name}`));
}

function busy(session: SessionModel, onBusy: OnBusy, inTheWay: string | undefined, seenBefore: number): void {
  claim(onBusy === 'REJECT', `${session.id} is busy for one that is to be ${onBusy}`);
  session.claims.push((telling) => {
    const { endedAt, parent } = told(telling, numberOf(inTheWay!));
    const wasThere = parent === null && (endedAt === undefined || endedAt > seenBefore);
    claim(wasThere, `${inTheWay} is said to be in the way, and had ended at ${endedAt}`);
  });
}

async function repeat(world: World, at: SessionModel, command: Command & { do: 'repeat' }): Promise<void> {
  let known = world.keys.get(command.key);
  if (!known) {
    const { onBusy } = command;
    known = { key: world.name('key'), sessionId: at.id, onBusy, bound: undefined };
    world.keys.set(command.key, known);
    for (const name of [known.key, `${known.key}, other`]) world.intents.set(name, { onBusy: onBusy ?? at.onBusy });
  }
  const session = world.sessions.find(({ id }) => id === known.sessionId)!;
  for (let tries = 0; tries < 3; tries++) {
    const answered = await repeatOnce(world, session, known, command.other);
    // Whoever was not answered asks again.
    if (answered !== 'LOST') return;
  }
}

async function repeatOnce(world: World, session: SessionModel, known: KeyModel, other: boolean): Promise<string | undefined> {
  const { key, onBusy, sessionId } = known;
  const name = other ? `${key}, other` : key;
  const seenBefore = session.lastSeq;
  const answered = await world.lives.ask((client) =>
    client.start('job', { name, plan: ['step', 'step'] }, { sessionId, idempotencyKey: key, ...(onBusy && { onBusy }) }),
  );
  const { value, code } = answered;
  const isGone = session.isDeleted !== false;
  if (value) {
    known.bound ??= { id: value.id, other };
    const { bound } = known;
    claim(bound.id === value.id && bound.other === other, `${name} made ${JSON.stringify(bound)}, and then ${value.id}`);
    started(session, value.id, name);
  } else if (code === 'IDEMPOTENCY_CONFLICT') {
    // Which one of two at once was first is known at the end.
    session.claims.push((telling) => {
      const names = [...telling.operations.values()].map((operation) => operation.name);
      claim(names.includes(other ? key : `${key}, other`), `${name} is a conflict with what was never started`);
    });
  } else if (code === 'SESSION_BUSY') {
    claim(known.bound === undefined || isGone, `${name} was started before, and is now refused: the session is busy`);
    busy(session, onBusy ?? session.onBusy, answered.operationId, seenBefore);
  } else refused(answered, session, `starting ${name}`);
  return code;
}

async function answer(world: World, index: number, isUnfit: boolean): Promise<void> {
  const isOpen = (each: (typeof world.questions)[number]): boolean => world.unfinished.some(({ id }) => id === each.operation);
  const open = world.questions.filter(isOpen);
  const question = pick(open.length > 0 ? open.toReversed() : world.questions, index);
  if (!question || question.session.isDeleted !== false) return;
  const { session, operation, number, name } = question;
  const text = world.name('answer');
  const answered = await world.lives.ask((client) =>
    client.answerOperation({ operationId: operation, name, answer: isUnfit ? { wrong: text } : { text } }),
  );
  const { value, code } = answered;
  if (value) {
    claim(!isUnfit, `an answer that does not fit "${name}" of ${operation} is taken`);
    session.claims.push((telling) =>
      claim(told(telling, number).answers.get(name) === text, `"${text}" was taken as the answer to "${name}" of ${operation}`),
    );
  } else if (code === 'INPUT_ALREADY_RECEIVED')
    session.claims.push((telling) => claim(told(telling, number).answers.get(name) !== undefined, `${operation}: ${code}`));
  else if (code === 'OPERATION_FINISHED')
    session.claims.push((telling) => claim(isTerminal(told(telling, number).status), `${operation}: ${code}`));
  else if (code !== 'ANSWER_INVALID' || !isUnfit) refused(answered, session, `answering ${operation}`);
}

async function cancel(world: World, index: number, any: boolean): Promise<void> {
  const all = operationsOf(world);
  const open = all.filter(({ id }) => world.unfinished.some((each) => each.id === id));
  const found = pick(any || open.length === 0 ? all : open, index);
  if (!found) return;
  const { session, operation, id } = found;
  world.cancelled.add(id);
  const answered = await world.lives.ask((client) => client.cancelOperation(id));
  const { value, code } = answered;
  const isIt = (status: string) => (telling: Telling) =>
    claim(new RegExp(status).test(told(telling, operation.number).status), `${id} was said to be ${status}`);
  if (value) session.claims.push(isIt('CANCELLED'));
  else if (code === 'OPERATION_FINISHED') session.claims.push(isIt('SUCCEEDED|FAILED'));
  else refused(answered, session, `cancelling ${id}`);
}

async function retry(world: World, index: number): Promise<void> {
  const all = operationsOf(world);
  const failed = all.filter(({ operation }) => operation.status === 'FAILED' || operation.status === 'CANCELLED');
  const found = pick(failed.length > 0 ? failed : all, index);
  if (!found) return;
  const { session, operation, id } = found;
  const { number } = operation;
  const seenBefore = session.lastSeq;
  const answered = await world.lives.ask((client) => client.retryOperation(id));
  const { value, code } = answered;
  if (value)
    session.claims.push((telling) => {
      const source = told(telling, number);
      const made = told(telling, numberOf(value.id));
      claim(made.retryOf === number && made.name === source.name, `${value.id} is not a retry of ${id}`);
      claim(source.endedAt !== undefined && source.endedAt < made.queuedAt, `${id} had not ended when it was retried`);
      claim(source.status !== 'SUCCEEDED', `${id} has succeeded, and was retried`);
    });
  else if (code === 'SESSION_BUSY') {
    const onBusy = world.tell(session).onBusyOf(operation.name);
    busy(session, onBusy, answered.operationId, seenBefore);
  } else if (code === 'OPERATION_NOT_RETRYABLE')
    claim(operation.status !== 'FAILED' && operation.status !== 'CANCELLED', `${id} is ${operation.status}, and not retryable`);
  else refused(answered, session, `retrying ${id}`);
}

async function fork(world: World, session: SessionModel, back: number): Promise<void> {
  if (world.present.length >= mostSessions) return;
  const seenBefore = session.lastSeq;
  const atSeq = back === 0 ? undefined : Math.max(1, seenBefore - back);
  const answered = await world.lives.ask((client) =>
    client.forkSession({ id: session.id, ...(atSeq !== undefined && { atSeq }) }),
  );
  const { value } = answered;
  if (!value) return refused(answered, session, 'forking');
  const forkSeq = value.forkSeq;
  claim(
    atSeq === undefined ? forkSeq >= seenBefore : forkSeq === atSeq,
    `the fork ${value.id} is one at ${forkSeq}, and ${atSeq ?? `at least ${seenBefore}`} was asked for`,
  );
  world.addSession(value.id, session.onBusy, { parent: session, forkSeq });
}

async function remove(world: World, session: SessionModel): Promise<void> {
  session.isDeleted = undefined;
  // Its keys are free again.
  for (const [key, { sessionId }] of world.keys) if (sessionId === session.id) world.keys.delete(key);
  const answered = await world.lives.ask((client) => client.deleteSession(session.id));
  if (answered.value) session.isDeleted = true;
  else claim(answered.code === 'LOST', `${session.id} was there, and is not deleted: ${answered.code}`);
}

async function follow(world: World, session: SessionModel, number: number | undefined, cursor: number): Promise<void> {
  if (world.followings.length >= mostSessions) return;
  const after = cursor % (session.lastSeq + 1);
  const id = number === undefined ? session.id : `op_${session.id.slice('ses_'.length)}_${number}`;
  world.followings.push(new Following(world.lives.lastingClient(), session, id, number, after));
}
