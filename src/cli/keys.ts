import type { CreatedKey, Key, KeyLimits, Role } from '../client/index.ts';
import { connectToRead, type Printing } from './connect.ts';
import { notice } from './display.ts';
import { CliError, exitCodes } from './errors.ts';
import { oneLine, truncate } from './format.ts';
import { moreThere, readPages, type HowMany } from './pages.ts';
import { minute, printJson, printTable } from './table.ts';

/** `lion keys list`: the keys of the project, newest first; no secrets. @returns the exit code */
export async function listKeysCommand(options: HowMany & Printing): Promise<number> {
  await using connection = await connectToRead(options);
  const { entries, isMore } = await readPages(options, (first, after) => connection.client.keys({ first, after }));
  if (options.json === true) printJson(entries);
  else {
    printTable(
      ['id', 'begins with', 'role', 'status', 'created', 'expires', 'last used', 'name'],
      entries.map((key) => [
        key.id,
        key.prefix,
        key.role.toLowerCase(),
        key.status.toLowerCase(),
        minute(key.createdAt),
        minute(key.expiresAt, 'never'),
        minute(key.lastUsedAt, 'never'),
        truncate(oneLine(key.name), 40),
      ]),
    );
    if (isMore) notice(moreThere(entries.length, 'key'));
  }
  return exitCodes.done;
}

export interface CreateKeyOptions extends Printing {
  role: string;
  expiresIn?: number;
}

/** `lion keys create`: makes a key; its secret is all that standard output has. @returns the exit code */
export async function createKeyCommand(name: string, options: CreateKeyOptions): Promise<number> {
  await using connection = await connectToRead(options);
  const created = await connection.client.createKey({
    name,
    role: options.role.toUpperCase() as Role,
    expiresInSeconds: options.expiresIn,
  });
  return printSecret(created, options, 'Made');
}

export interface RotateKeyOptions extends Printing {
  overlap?: number;
}

/** `lion keys rotate`: gives a key a new secret, likewise. @returns the exit code */
export async function rotateKeyCommand(id: string, options: RotateKeyOptions): Promise<number> {
  await using connection = await connectToRead(options);
  const rotated = await connection.client.rotateKey(id, { overlapSeconds: options.overlap });
  const [former] = rotated.key.formerSecrets;
  const until = former && former.endsAt !== null && Date.parse(former.endsAt) > Date.now() ? minute(former.endsAt) : undefined;
  return printSecret(
    rotated,
    options,
    'Rotated',
    until === undefined ? ' The former secret works no more.' : ` The former secret works until ${until}.`,
  );
}

function printSecret({ key, secret }: CreatedKey, { json = false }: Printing, done: string, more = ''): number {
  if (json) printJson({ ...key, secret });
  else {
    const expiry = key.expiresAt === null ? '' : `, which expires ${minute(key.expiresAt)}`;
    notice(
      `${done} the ${key.role.toLowerCase()} key ${key.id}, "${oneLine(key.name)}"${expiry}.${more} Its secret is shown this once:`,
    );
    process.stdout.write(`${secret}\n`);
  }
  return exitCodes.done;
}

export interface RevokeKeyOptions extends Printing {
  force?: boolean;
}

/** `lion keys revoke`: ends a key, and what follows something by it. @returns the exit code */
export async function revokeKeyCommand(id: string, options: RevokeKeyOptions): Promise<number> {
  await using connection = await connectToRead(options);
  const key: Key = await connection.client.revokeKey(id, { force: options.force });
  if (options.json === true) printJson(key);
  else process.stdout.write(`Revoked ${key.id}, "${oneLine(key.name)}".\n`);
  return exitCodes.done;
}

/** What can be limited. */
export const limited = ['requests', 'operations', 'concurrent', 'subscriptions', 'connections', 'sessions'] as const;

/** A number; or what all keys have. */
export type LimitsOptions = Printing & { [What in (typeof limited)[number]]?: number | 'default' };

/** `lion keys limits`: shows how much a key may do, and sets what is given. @returns the exit code */
export async function keyLimitsCommand(keyId: string, options: LimitsOptions): Promise<number> {
  await using connection = await connectToRead(options);
  const given = Object.fromEntries(
    limited.flatMap((what) => (options[what] === undefined ? [] : [[what, options[what] === 'default' ? null : options[what]]])),
  );
  const limits: KeyLimits | null =
    Object.keys(given).length > 0
      ? await connection.client.setKeyLimits({ keyId, ...given })
      : await connection.client.keyLimits(keyId);
  if (!limits) throw new CliError(`There is no key ${keyId}.`);
  if (options.json === true) printJson(limits);
  else
    printTable(
      ['what', 'at most'],
      limited.map((what) => [what, limits[what] === null ? 'as all keys' : String(limits[what])]),
    );
  return exitCodes.done;
}

export interface CreateTokenOptions extends Printing {
  role: string;
  session?: string;
  expiresIn?: number;
}

/** `lion keys token`: makes a token for a browser; it is all that standard output has. @returns the exit code */
export async function createTokenCommand(options: CreateTokenOptions): Promise<number> {
  await using connection = await connectToRead(options);
  const { role, session, expiresIn, json = false } = options;
  const created = await connection.client.createToken({
    role: role.toUpperCase() as Role,
    sessionId: session,
    expiresInSeconds: expiresIn,
  });
  if (json) printJson(created);
  else {
    const reach = created.sessionId === null ? 'the project' : created.sessionId;
    notice(`Made a ${created.role.toLowerCase()} token for ${reach}, which works until ${minute(created.expiresAt)}:`);
    process.stdout.write(`${created.token}\n`);
  }
  return exitCodes.done;
}
