import type { DocumentNode } from 'graphql';
import { openAddress } from './address.ts';
import type { ClientOptions } from './client.ts';
import { openConnection, type Answer, type SubscribeOptions } from './connection.ts';
import type { LionClientError } from './errors.ts';
import { resumable } from './resumption.ts';

export interface ResumeOptions extends ClientOptions {
  /** Told of each lost connection, and each try to make it again that failed: once for each subscription. */
  onDisconnect?: (why: LionClientError) => void;
  /** Told when events flow again after `onDisconnect`: once for each subscription. */
  onReconnect?: () => void;
}

/** A subscription as another client has it. */
export interface ForeignSubscription {
  document: DocumentNode;
  variables: Record<string, unknown>;
  operationName: string | undefined;
  extensions: Record<string, unknown> | undefined;
}

/** What is told of a subscription. */
export interface Observer {
  next(answer: Answer): void;
  error(error: unknown): void;
  complete(): void;
}

/**
 * Subscribes for a client that does not know how to resume.
 *
 * @param print makes a document a text again
 * @returns what subscribes, and returns what unsubscribes
 * @throws LionClientError for an URL that is none
 */
export function openResumption(
  { url, key, webSocketImpl, onDisconnect, onReconnect }: ResumeOptions,
  print: (document: DocumentNode) => string,
): (subscription: ForeignSubscription, observer: Observer) => () => void {
  const connection = openConnection(openAddress(url), key, webSocketImpl);

  async function deliver(
    { document, variables, operationName, extensions }: ForeignSubscription,
    observer: Observer,
    options: SubscribeOptions & { signal: AbortSignal },
  ): Promise<void> {
    // What fails at once would be told before anybody listens.
    await Promise.resolve();
    try {
      const resume = resumable(document, variables, operationName);
      const answers = connection.subscribe<unknown>(
        {
          query: print(resume?.document ?? document),
          variables: resume?.variables ?? variables,
          ...(operationName !== undefined && { operationName }),
          ...(extensions && { extensions }),
          ...(resume && { resume }),
        },
        options,
      );
      for await (const answer of answers) {
        if (options.signal.aborted) return;
        observer.next(resume && answer.data ? { ...answer, data: resume.restore(answer.data) } : answer);
      }
    } catch (error) {
      if (!options.signal.aborted) observer.error(error);
      return;
    }
    if (!options.signal.aborted) observer.complete();
  }

  return (subscription, observer) => {
    const stop = new AbortController();
    void deliver(subscription, observer, { signal: stop.signal, onDisconnect, onReconnect });
    return () => stop.abort();
  };
}
