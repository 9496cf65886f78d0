import type { RateLimiterRes } from 'rate-limiter-flexible';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/client.ts';
import { Held } from './held.ts';
import { openKeyLimits, type KeyLimits } from './key-limits.ts';
import { RateLimitedError } from './limit-errors.ts';
import type { Allowance, LimitName, LimitOf, LimitSettings } from './limit-settings.ts';
import { openRateWindows } from './rate-windows.ts';

/** Who does something: a project, and its key where one asks. */
export interface Actor {
  projectId: string;
  keyId?: string | null | undefined;
}

/** How much of a limit is left. */
export interface Quota {
  limit: LimitName;
  of: LimitOf;
  most: number;
  left: number;
  /** When all of it is there again. */
  resetMs: number;
}

/** What was counted, and can be given back where it was not done after all. */
export interface Counted {
  giveBack(): Promise<void>;
}

/** How much may be stored, or be under way: compared where it is written. `Infinity` where it is not limited. */
export type StoredAllowance = Record<'key' | 'project', Pick<Allowance, 'concurrent' | 'sessions'>>;

/** How much each key, project and address may do. Every transport asks here, and nowhere else. */
export interface Limits {
  readonly keys: KeyLimits;
  /**
   * Counts a request; without a key, on the account of the address that it comes from.
   *
   * @param address as `networkOf` has it
   * @returns what is left, for the answer to tell
   * @throws RateLimitedError
   */
  request(actor: Actor | undefined, address: string): Promise<readonly Quota[]>;
  /** Counts an operation that is about to be started. @throws RateLimitedError */
  operation(actor: Actor): Promise<Counted>;
  /** @returns what is to be called when it ends. @throws RateLimitedError */
  subscription(actor: Actor): Promise<() => void>;
  /** @returns what is to be called when it ends. @throws RateLimitedError */
  connection(actor: Actor): Promise<() => void>;
  /**
   * Counts a connection before anything is said over it.
   *
   * @returns what is to be called when it ends
   * @throws RateLimitedError
   */
  connectionOf(address: string): () => void;
  /** @param open how much goes on over a WebSocket, with what was asked just now. @throws RateLimitedError */
  overConnection(open: number): void;
  stored(actor: Actor): Promise<StoredAllowance>;
  /** @throws RateLimitedError where an address has tried too many keys that are not known */
  login(address: string): Promise<void>;
  /** Counts a key that is not known. @throws RateLimitedError where it is one too many */
  failedLogin(address: string): Promise<void>;
  /** How many are open: of the project, or of its key where one is given. */
  open(limit: 'subscriptions' | 'connections', actor: Actor): number;
}

/** When to look whether others have let go: nobody knows when they will. */
const lookAgainMs = 5_000;

interface Account {
  of: LimitOf;
  id: string;
  most: number;
}

export function openLimits(database: Database, settings: LimitSettings, clock: Clock): Limits {
  const windows = openRateWindows(clock);
  const keys = openKeyLimits(database, clock);
  const held = { subscriptions: new Held(), connections: new Held() };

  /** The limits of a key and of its project that there are. */
  async function accounts(limit: keyof Allowance, { projectId, keyId }: Actor): Promise<Account[]> {
    const found: Account[] = [];
    if (keyId) {
      const own = (await keys.of(keyId))[limit];
      found.push({ of: 'KEY', id: keyId, most: own ?? settings.key[limit] });
    }
    found.push({ of: 'PROJECT', id: projectId, most: settings.project[limit] });
    return found.filter(({ most }) => most !== Infinity);
  }

  /** Counts one more on each account, or, where one has no room, on none. @throws RateLimitedError */
  async function count(limit: LimitName, on: readonly Account[]): Promise<Quota[]> {
    const quotas: Quota[] = [];
    for (const account of on) {
      const { of, most } = account;
      const { consumedPoints, msBeforeNext }: RateLimiterRes = await windows.consume(idOf(limit, account));
      if (consumedPoints > most) {
        await giveBack(limit, on.slice(0, quotas.length + 1));
        throw new RateLimitedError({ limit, of, most, retryAfterMs: Math.max(1, msBeforeNext) });
      }
      quotas.push({ limit, of, most, left: most - consumedPoints, resetMs: msBeforeNext });
    }
    return quotas;
  }

  async function giveBack(limit: LimitName, on: readonly Account[]): Promise<void> {
    for (const account of on) await windows.reward(idOf(limit, account));
  }

  async function hold(limit: 'subscriptions' | 'connections', actor: Actor): Promise<() => void> {
    const on = await accounts(limit, actor);
    for (const { of, id, most } of on) {
      if (held[limit].of(id) >= most) throw new RateLimitedError({ limit, of, most, retryAfterMs: lookAgainMs });
    }
    return held[limit].take(idsOf(actor));
  }

  const ofAddress = (address: string, most: number): Account[] =>
    most === Infinity ? [] : [{ of: 'ADDRESS', id: address, most }];

  return {
    keys,
    request: async (actor, address) =>
      count('requests', actor ? await accounts('requests', actor) : ofAddress(address, settings.address.requests)),
    async operation(actor) {
      const on = await accounts('operations', actor);
      await count('operations', on);
      return { giveBack: () => giveBack('operations', on) };
    },
    subscription: (actor) => hold('subscriptions', actor),
    connection: (actor) => hold('connections', actor),
    connectionOf(address) {
      const most = settings.address.connections;
      if (held.connections.of(address) >= most)
        throw new RateLimitedError({ limit: 'connections', of: 'ADDRESS', most, retryAfterMs: lookAgainMs });
      return held.connections.take([address]);
    },
    overConnection(open) {
      const most = settings.connection.subscriptions;
      if (open > most) throw new RateLimitedError({ limit: 'subscriptions', of: 'CONNECTION', most, retryAfterMs: lookAgainMs });
    },
    async stored({ keyId }) {
      const own = keyId ? await keys.of(keyId) : undefined;
      return {
        key: { concurrent: own?.concurrent ?? settings.key.concurrent, sessions: own?.sessions ?? settings.key.sessions },
        project: settings.project,
      };
    },
    async login(address) {
      for (const account of ofAddress(address, settings.address.logins)) {
        const { of, most } = account;
        const so = await windows.get(idOf('logins', account));
        if (so && so.consumedPoints >= most)
          throw new RateLimitedError({ limit: 'logins', of, most, retryAfterMs: so.msBeforeNext });
      }
    },
    async failedLogin(address) {
      await count('logins', ofAddress(address, settings.address.logins));
    },
    open: (limit, actor) => held[limit].of(actor.keyId ?? actor.projectId),
  };
}

const idOf = (limit: LimitName, { id }: Account): string => `${limit}/${id}`;

/** Ids tell by their prefix what they are of. */
const idsOf = ({ projectId, keyId }: Actor): string[] => (keyId ? [keyId, projectId] : [projectId]);
