/** Who wants to know what is seen of a call on the network. */
export interface WireWatcher {
  /** The headers of the response are there. */
  onResponse(status: number): void;
  /** Something of its body is there, be it a comment that keeps the connection open. */
  onBytes(): void;
}

// The signal is all of a call that gets through the SDK and the provider's package to fetch, as the same object.
const watchers = new WeakMap<AbortSignal, WireWatcher>();

/**
 * Tells of what the call under this signal receives. The provider packages pass on events alone, some only once the first is
 * there that they know: from these nobody can tell whether a provider has begun to answer, or is alive.
 */
export function watchWire(signal: AbortSignal, watcher: WireWatcher): void {
  watchers.set(signal, watcher);
}

/** What an error says is read up to here, in bytes: the rest would only fill the memory. */
const longestErrorBody = 1_000_000;

/** A fetch whose calls can be watched. */
export function watchedFetch(inner: typeof fetch = (input, init) => fetch(input, init)): typeof fetch {
  return async (input, init) => {
    const response = await inner(input, init);
    const watcher = init?.signal ? watchers.get(init.signal) : undefined;
    watcher?.onResponse(response.status);
    if (response.body === null) return response;
    let received = 0;
    const watched = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        watcher?.onBytes();
        received += chunk.byteLength;
        controller.enqueue(chunk);
        if (!response.ok && received > longestErrorBody) controller.terminate();
      },
    });
    return new Response(response.body.pipeThrough(watched), response);
  };
}
