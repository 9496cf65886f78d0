import type { Clock } from '../clock.ts';
import { UnauthenticatedError } from './errors.ts';
import type { Viewer } from './viewer.ts';

interface Ending {
  atMs: number;
  why: 'REVOKED' | 'ROTATED';
}

interface Watcher {
  viewer: Viewer;
  onEnd(error: UnauthenticatedError): void;
  stopTimer(): void;
}

/**
 * When what was let in ends: keys that were revoked, secrets whose overlap is over, and what expires. Known without a look at the
 * database, so that a request costs none, and what ends does so at once.
 */
export class Endings {
  readonly #clock: Clock;
  /** By the id of a key, or of one of its secrets. */
  readonly #endings = new Map<string, Ending>();
  /** By the id of a key. */
  readonly #watchers = new Map<string, Set<Watcher>>();
  readonly #stopListening: () => void;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#stopListening = clock.onStep(() => {
      for (const keyId of this.#watchers.keys()) this.#look(keyId);
    });
  }

  /** @param id the key, or one of its secrets */
  end(keyId: string, id: string, at: Date, why: Ending['why']): void {
    this.#endings.set(id, { atMs: at.getTime(), why });
    this.#look(keyId);
  }

  /** Forgets what nobody can come with any more. */
  forgetBefore(time: Date): void {
    for (const [id, { atMs }] of this.#endings) if (atMs < time.getTime()) this.#endings.delete(id);
  }

  /** @throws UnauthenticatedError for what has ended */
  refuseEnded(viewer: Viewer): void {
    const { atMs, why } = this.#endOf(viewer);
    if (atMs <= this.#clock.now().getTime()) throw new UnauthenticatedError(why);
  }

  /** Calls back once, when what was let in has ended. @returns what stops watching */
  watch(viewer: Viewer, onEnd: (error: UnauthenticatedError) => void): () => void {
    const watcher: Watcher = { viewer, onEnd, stopTimer: () => {} };
    let watchers = this.#watchers.get(viewer.keyId);
    if (!watchers) this.#watchers.set(viewer.keyId, (watchers = new Set()));
    watchers.add(watcher);
    this.#arm(watcher);
    return () => this.#drop(watcher);
  }

  close(): void {
    this.#stopListening();
    for (const watchers of this.#watchers.values()) for (const watcher of watchers) watcher.stopTimer();
    this.#watchers.clear();
  }

  #look(keyId: string): void {
    for (const watcher of this.#watchers.get(keyId) ?? []) this.#arm(watcher);
  }

  #arm(watcher: Watcher): void {
    watcher.stopTimer();
    const { atMs, why } = this.#endOf(watcher.viewer);
    if (atMs === Infinity) return;
    const leftMs = atMs - this.#clock.now().getTime();
    if (leftMs > 0) {
      watcher.stopTimer = this.#clock.timer(leftMs, () => this.#arm(watcher));
      return;
    }
    this.#drop(watcher);
    watcher.onEnd(new UnauthenticatedError(why));
  }

  #drop(watcher: Watcher): void {
    watcher.stopTimer();
    const watchers = this.#watchers.get(watcher.viewer.keyId);
    watchers?.delete(watcher);
    if (watchers?.size === 0) this.#watchers.delete(watcher.viewer.keyId);
  }

  #endOf({ keyId, secretId, expiresAt }: Viewer): { atMs: number; why: Ending['why'] | 'EXPIRED' } {
    let first: { atMs: number; why: Ending['why'] | 'EXPIRED' } = { atMs: expiresAt?.getTime() ?? Infinity, why: 'EXPIRED' };
    for (const id of [keyId, secretId]) {
      const ending = this.#endings.get(id);
      if (ending && ending.atMs < first.atMs) first = ending;
    }
    return first;
  }
}
