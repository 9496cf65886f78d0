import type { Context } from './context.ts';

/** These events for as long as the key or token works that follows them. Once it has ended, that is thrown, without waiting for the next event. */
export function whileLetIn<Event>(source: AsyncIterator<Event>, { lion, viewer }: Context): AsyncIterator<Event> {
  if (!viewer) return source;
  let ended: Error | undefined;
  let tell = (_error: Error): void => {};
  const stop = lion.keys.watch(viewer, (error) => {
    ended = error;
    tell(error);
  });
  const finish = async (): Promise<IteratorResult<Event>> => {
    stop();
    await source.return?.();
    return { done: true, value: undefined };
  };
  return {
    async next() {
      if (ended) {
        await finish();
        throw ended;
      }
      try {
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
