import type { Database } from '../database/client.ts';
import { StorageError } from '../database/errors.ts';
import type { OperationRef, SessionId } from '../ids.ts';
import { CursorBeyondEndError, SessionNotFoundError } from './errors.ts';
import { isTerminalEvent, lastSeqOf, type EventType, type StoredEvent } from './event.ts';
import { narrowed, readOperationTree, type OperationTree } from './operation-tree.ts';
import { ownSegment, readEvents, segmentOf, type History, type Pasts, type Segment } from './past.ts';
import type { Selection } from './selection.ts';
import { openTails, Stoppable, type Tail } from './tail.ts';
import type { Nudges } from './nudge.ts';

export interface FollowOptions {
  /** The `seq` of the last event that the follower has seen; 0 for all. */
  after: number;
  /** Only these types. */
  types?: readonly EventType[] | undefined;
}

/** Events at the reader's pace. `return` ends it at once, also while it waits for the next event. */
export type Following = AsyncIterableIterator<StoredEvent, void>;

/** What follows a history from a cursor: stored events first, then live ones. */
export interface Feed {
  /** All events of a session. Ends when the session is deleted. @throws CursorBeyondEndError, SessionNotFoundError */
  followSession(sessionId: SessionId, options: FollowOptions): Promise<Following>;
  /**
   * The events of an operation and of its descendants. Ends after the terminal event of the operation, also when `types`
   * hides that one; of one in the past of a fork, after what the fork shares of it. @throws CursorBeyondEndError, SessionNotFoundError
   */
  followOperation(operation: OperationRef, options: FollowOptions): Promise<Following>;
  /** How many sessions are followed by somebody. */
  readonly followedSessions: number;
  /** How many follow, and how many events the slowest of them is behind. */
  followers(): { count: number; largestLag: number };
}

/** How far a follower has got: also past what it does not want. */
interface Place {
  cursor: number;
}

/** How many events are held for a follower, at most. */
const pageSize = 256;

export function openFeed(database: Database, nudges: Nudges, pasts: Pasts): Feed {
  const tails = openTails(database, nudges);
  /** How far each of those who follow is behind. */
  const lags = new Set<() => number>();

  async function follow(sessionId: SessionId, { after, types }: FollowOptions, root?: OperationRef): Promise<Following> {
    const { tail, release } = await tails.follow(sessionId);
    const stop = new Stoppable();
    const place: Place = { cursor: after };
    const lag = (): number => Math.max(0, tail.lastSeq - place.cursor);
    let events: AsyncGenerator<StoredEvent, void>;
    try {
      refuseBeyondEnd(sessionId, tail, after);
      const past = await pasts.of({ id: sessionId, forkSeq: tail.forkSeq });
      const segment = root && segmentOf(past, root.number);
      events = segment
        ? readPast({ sessionId, segments: [segment] }, root, after, types, stop)
        : read(
            tail,
            { sessionId, segments: [...past, ownSegment(sessionId, past)] },
            place,
            types,
            root && new FollowedTree(root),
            stop,
          );
    } catch (error) {
      release();
      throw error;
    }
    lags.add(lag);
    const leave = (): void => {
      lags.delete(lag);
      release();
    };
    const end = async (): Promise<IteratorResult<StoredEvent, void>> => {
      stop.stop();
      leave();
      return events.return();
    };
    const following: Following = {
      async next() {
        try {
          const result = await events.next();
          if (result.done === true) leave();
          return result;
        } catch (error) {
          leave();
          throw error;
        }
      },
      return: end,
      throw: end,
      [Symbol.asyncIterator]: () => following,
    };
    return following;
  }

  async function* read(
    tail: Tail,
    history: History,
    place: Place,
    types: readonly EventType[] | undefined,
    tree: FollowedTree | undefined,
    follower: Stoppable,
  ): AsyncGenerator<StoredEvent, void> {
    // The tree looks at every event, also at those that are hidden: they tell it of its members.
    const wanted = (event: StoredEvent): boolean => (tree?.takes(event) ?? true) && (types?.includes(event.type) ?? true);
    while (!follower.stopped) {
      const page = tail.after(place.cursor, pageSize);
      if (page === undefined || (tree && !tree.ready)) {
        // Behind the tail: page the database up to where the history ends now, with the filter in the query.
        const ended = await tree?.hasEnded(database);
        // Read after it is known whether the operation has ended: its terminal event is then within reach.
        await tail.refresh();
        const end = tail.lastSeq;
        // Read last: whoever was made up to the end is then a member.
        await tree?.load(database);
        for await (const event of stored(database, history, place.cursor, end, types, tree)) {
          if (follower.stopped) return;
          place.cursor = lastSeqOf(event);
          if (wanted(event)) yield event;
          if (tree?.isEnd(event)) return;
        }
        place.cursor = Math.max(place.cursor, end);
        if (ended) return;
        continue;
      }
      for (const event of page) {
        place.cursor = lastSeqOf(event);
        if (wanted(event)) yield event;
        if (tree?.isEnd(event) || follower.stopped) return;
      }
      if (page.length > 0) continue;
      if (tail.state === 'deleted') return;
      if (tail.state === 'broken') throw new StorageError('STORAGE_FAILED');
      await tail.changed(place.cursor, follower);
    }
  }

  /** What a fork shares of an operation and its descendants: nothing more comes. */
  async function* readPast(
    history: History,
    { number }: OperationRef,
    after: number,
    types: readonly EventType[] | undefined,
    follower: Stoppable,
  ): AsyncGenerator<StoredEvent, void> {
    const [{ storedIn, through }] = history.segments as [Segment];
    const tree = new FollowedTree({ sessionId: storedIn, number });
    await tree.load(database);
    for await (const event of stored(database, history, after, through, types, tree)) {
      if (follower.stopped) return;
      if (!types || types.includes(event.type)) yield event;
    }
  }

  return {
    followSession: (sessionId, options) => follow(sessionId, options),
    followOperation: (operation, options) => follow(operation.sessionId, options, operation),
    get followedSessions() {
      return tails.size;
    },
    followers: () => ({ count: lags.size, largestLag: [...lags].reduce((most, lag) => Math.max(most, lag()), 0) }),
  };
}

function refuseBeyondEnd(sessionId: SessionId, tail: Tail, cursor: number): void {
  if (tail.state !== 'open') throw new SessionNotFoundError(sessionId);
  if (cursor > tail.lastSeq) throw new CursorBeyondEndError(cursor, tail.lastSeq);
}

/** An operation and its descendants, as far as the history has told of them. */
class FollowedTree {
  readonly #root: OperationRef;
  readonly #members: Set<number>;
  #known: OperationTree | undefined;
  /** Whether the members are known that were made before the feed began. */
  ready = false;

  constructor(root: OperationRef) {
    this.#root = root;
    this.#members = new Set([root.number]);
  }

  async hasEnded({ reader }: Database): Promise<boolean> {
    const { sessionId, number } = this.#root;
    const root = await reader.operation.findUnique({
      where: { sessionId_number: { sessionId, number } },
      select: { finishedAt: true },
    });
    return root === null || root.finishedAt !== null;
  }

  /** Reads the members that there are. */
  async load({ reader }: Database): Promise<void> {
    this.#known = await readOperationTree(reader, this.#root);
    for (const member of this.#known.numbers) this.#members.add(member);
    this.ready = true;
  }

  /** Where in a history its events lie, as of when it was read. */
  placeIn(history: History): History {
    const tree = this.#known;
    return tree ? { ...history, segments: history.segments.map((segment) => narrowed(segment, tree)) } : history;
  }

  takes(event: StoredEvent): boolean {
    if (event.operation === null) return false;
    if (event.type === 'OperationQueued' && event.payload.parent !== null && this.#members.has(event.payload.parent)) {
      this.#members.add(event.operation);
    }
    return this.#members.has(event.operation);
  }

  isEnd(event: StoredEvent): boolean {
    return event.operation === this.#root.number && isTerminalEvent(event.type);
  }

  selection(types: readonly EventType[] | undefined): Selection {
    return { operations: [...this.#members], types, orEndOf: this.#root.number };
  }
}

/** The events after `cursor` up to `end`, a page at a time. */
async function* stored(
  { reader }: Database,
  history: History,
  cursor: number,
  end: number,
  types: readonly EventType[] | undefined,
  tree: FollowedTree | undefined,
): AsyncGenerator<StoredEvent> {
  const selection = tree?.selection(types) ?? { types };
  const place = tree?.placeIn(history) ?? history;
  const showsRuns = !tree && (types?.includes('EventsPruned') ?? true);
  let after = cursor;
  for (;;) {
    const events = await readEvents(reader, place, { after, before: end + 1, selection, showsRuns, take: pageSize });
    yield* events;
    if (events.length < pageSize) return;
    after = lastSeqOf(events.at(-1)!);
  }
}
