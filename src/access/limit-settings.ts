import { InputInvalidError } from '../errors.ts';

/** What a key or a project may do. `Infinity` where something is not limited. */
export interface Allowance {
  /** Requests a minute, over whatever transport. */
  requests: number;
  /** Operations started a minute; their children do not count. */
  operations: number;
  /** Operations that are queued or running at a time; neither their children nor those that wait for a person or a time count. */
  concurrent: number;
  /** Subscriptions that are open at a time. */
  subscriptions: number;
  /** WebSockets, and streams that several operations share, that are open at a time. */
  connections: number;
  /** Sessions that are stored, expired ones included, until they are deleted. */
  sessions: number;
}

/** What an address may do. */
export interface AddressAllowance {
  /** Requests a minute without a key. */
  requests: number;
  /** Keys a minute that are not known. */
  logins: number;
  /** Connections that are open at a time, of whatever kind: behind a proxy that is believed, WebSockets. */
  connections: number;
}

/** What one WebSocket may do. */
export interface ConnectionAllowance {
  /** What is asked over it and goes on at a time: subscriptions, and queries that are not yet answered. */
  subscriptions: number;
}

export type LimitName = keyof Allowance | keyof AddressAllowance | keyof ConnectionAllowance;

/** Whose limit it is. */
export type LimitOf = 'KEY' | 'PROJECT' | 'ADDRESS' | 'CONNECTION';

/** All limits that are not set for one key. */
export interface LimitSettings {
  key: Allowance;
  project: Allowance;
  address: AddressAllowance;
  connection: ConnectionAllowance;
}

/** Far beyond what an honest front end does, and far from what takes a Lion down. */
export const defaultLimits: LimitSettings = {
  key: {
    requests: 60_000,
    operations: 12_000,
    concurrent: 2_000,
    subscriptions: 10_000,
    connections: 10_000,
    sessions: 1_000_000,
  },
  project: {
    requests: 120_000,
    operations: 24_000,
    concurrent: 4_000,
    subscriptions: 20_000,
    connections: 20_000,
    sessions: 2_000_000,
  },
  address: { requests: 600, logins: 30, connections: 10_000 },
  connection: { subscriptions: 1_000 },
};

const none: Allowance = {
  requests: Infinity,
  operations: Infinity,
  concurrent: Infinity,
  subscriptions: Infinity,
  connections: Infinity,
  sessions: Infinity,
};

/** What limits nothing. */
export const noLimits: LimitSettings = {
  key: none,
  project: none,
  address: { requests: Infinity, logins: Infinity, connections: Infinity },
  connection: { subscriptions: Infinity },
};

/** The most that a limit can be set to. */
export const largestLimit = 1_000_000_000;

const form =
  'it should look like "key: 600 requests, 60 operations; project: 100 concurrent, unlimited sessions; address: 10 logins", or be off';

/**
 * Reads LION_LIMITS, as in `key: 600 requests, 60 operations; project: 100 concurrent, unlimited sessions; address: 10 logins`. What it does
 * not name is as it is by default; `off` limits nothing.
 *
 * @throws InputInvalidError that says what does not fit, and what is allowed
 */
export function parseLimits(text: string): LimitSettings {
  if (text.trim().toLowerCase() === 'off') return noLimits;
  const settings = structuredClone(defaultLimits);
  const seen = new Set<string>();
  for (const part of text.split(';')) {
    if (part.trim() === '') continue;
    const [, whose, limits] = /^\s*([a-z]+)\s*:(.*)$/is.exec(part) ?? refuse(`${quoted(part)} makes no sense; ${form}`);
    const scope = whose!.toLowerCase();
    if (!Object.hasOwn(settings, scope))
      refuse(`${quoted(whose!)} has no limits; what has is key, project, address and connection`);
    const allowance = settings[scope as keyof LimitSettings] as unknown as Record<string, number>;
    for (const limit of limits!.split(',')) {
      const [, most, name = ''] =
        /^\s*(\d+|unlimited)\s+([a-z]+)\s*$/i.exec(limit) ?? refuse(`${quoted(limit)} of ${scope} makes no sense; ${form}`);
      const known = name.toLowerCase();
      if (!Object.hasOwn(allowance, known))
        refuse(`${quoted(name)} is no limit of ${scope}; the limits are ${Object.keys(allowance).join(', ')}`);
      if (seen.has(`${scope} ${known}`)) refuse(`${scope} has ${known} twice; set each limit once`);
      seen.add(`${scope} ${known}`);
      allowance[known] = most!.toLowerCase() === 'unlimited' ? Infinity : within(Number(most), `${quoted(limit)} of ${scope}`);
    }
  }
  return settings;
}

function within(count: number, where: string): number {
  if (count > largestLimit) refuse(`${where} is too large; it must be at most ${largestLimit}, or unlimited`);
  return count;
}

function refuse(message: string): never {
  throw new InputInvalidError([{ path: 'LION_LIMITS', message }]);
}

const quoted = (text: string): string => JSON.stringify(text.trim().slice(0, 60));
