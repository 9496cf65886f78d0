import type { Context } from './context.ts';

/** These events for as long as the key or token works that follows them. Once it has ended, that is thrown, without waiting for the next event. */
export function whileLetIn<Event>(source: AsyncIterator<Event>, { lion, viewer }: Context): AsyncIterator<Event> {
  if (!viewer) return source;
  let isOver = false;
  let ended: Error | undefined;
  let tell = (_error: Error): void => {};
  const stop = lion.keys.watch(viewer, (error) => {
    ended = error;
    tell(error);
  });
  const finish = async (): Promise<IteratorResult<Event>> => {
    isOver = true;
    stop();
    await source.return?.();
    return { done: true, value: undefined };
  };
  return {
    async next() {
      // What was thrown is said once, whoever asks on.
      if (isOver) return { done: true, value: undefined };
      try {
        if (ended) throw ended;
        const result = await new Promise<IteratorResult<Event>>((resolve, reject) => {
          tell = reject;
          source.next().then(resolve, reject);
        });
        if (result.done === true) stop();
        return result;
      } catch (error) {
        await finish();
        throw error;
      }
    },
    return: finish,
  };
}
