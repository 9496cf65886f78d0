import type { Batch } from './command.ts';
import { act } from './actions.ts';
import { Lives } from './lives.ts';
import { claim } from './model.ts';
import { World } from './world.ts';

/** Gives a new Lion these commands, and lets all of it end. @throws Broken when a guarantee does not hold */
export async function live(batches: readonly Batch[]): Promise<void> {
  await using world = new World(await Lives.open());
  await act(world, { do: 'create', onBusy: 'PARALLEL', after: 0 });
  for (const { commands, settle } of batches) {
    await together(commands.map((command) => act(world, command)));
    if (settle) await world.settle(commands.some(({ do: what }) => what === 'prune' || what === 'delete'));
  }
  await world.settle(false);
  await endAll(world);
  await readInAllWays(world, batches.length);
  for (const following of world.followings) {
    const { session } = following;
    await following.finish(session.isDeleted === true ? undefined : world.tell(session));
  }
  await pruneAll(world);
}

/** Waits for all, also when one fails: nothing goes on behind the back of what comes after. */
async function together(all: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(all)).find(({ status }) => status === 'rejected');
  if (failed) throw (failed as PromiseRejectedResult).reason;
}

/** Opens all gates and answers all questions, until all has ended. */
async function endAll(world: World): Promise<void> {
  for (let rounds = 0; world.unfinished.length > 0; rounds++) {
    claim(rounds < 100, `These do not end: ${JSON.stringify(world.unfinished)}`);
    await world.lives.go(0, Infinity);
    for (const session of world.present)
      for (const { number, name } of openQuestions(world, session.id)) await answerOne(world, session.id, number, name);
    world.unfinished = await world.lives.settle();
    for (const session of world.present) await world.look(session, false);
  }
  await world.settle(true);
}

function openQuestions(world: World, id: string): { number: number; name: string }[] {
  const session = world.present.find((each) => each.id === id)!;
  return [...world.tell(session).operations.values()].flatMap(({ number, status, isCutOff, answers }) =>
    status === 'WAITING' && !isCutOff
      ? [...answers].flatMap(([name, answer]) => (answer === undefined ? [{ number, name }] : []))
      : [],
  );
}

async function answerOne(world: World, sessionId: string, number: number, name: string): Promise<void> {
  const text = world.name('answer');
  const operationId = `op_${sessionId.slice('ses_'.length)}_${number}`;
  const { code } = await world.lives.ask((client) => client.answerOperation({ operationId, name, answer: { text } }));
  claim(code === undefined, `"${name}" of ${operationId} is asked, and its answer refused with ${code}`);
}

/** In pages of several sizes, in both directions, and from every cursor of some. */
async function readInAllWays(world: World, chance: number): Promise<void> {
  for (const [index, session] of world.present.entries()) {
    const size = 3 + ((chance * 7 + index * 3) % 11);
    await world.read(session, size, true, 0);
    await world.read(session, size, false, chance * 13 + index);
    // Follows from a place in the middle, when all is stored.
    await act(world, { do: 'follow', session: index, cursor: chance * 17 + index, after: 0 });
    await act(world, { do: 'followOperation', operation: chance * 5 + index, cursor: chance * 3, after: 0 });
  }
}

/** Once all has ended, nothing is left of what its output repeats, and all else is. */
async function pruneAll(world: World): Promise<void> {
  world.mayBePruned = true;
  await world.lives.prune();
  for (const session of world.present) {
    const events = await world.look(session, true);
    const telling = world.tell(session);
    const wasCutOff = (number: number): boolean =>
      world.sessions.some((fork) => fork.forkSeq > 0 && world.tell(fork).operations.get(number)?.isCutOff === true);
    for (const { type, seq, operation } of events)
      if (type === 'TextDelta' && telling.operations.get(operation!)!.status === 'SUCCEEDED')
        claim(
          wasCutOff(operation!),
          `${session.id}: ${seq} is of operation ${operation}, which has succeeded, and is not pruned`,
        );
  }
}
