import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import SQLite from 'better-sqlite3';
import { messageOf } from '../errors.ts';
import { DatabaseHeldError, DatabaseUnusableError, type DatabaseOwner } from './errors.ts';

/** Proof that no other process works with the database. Released by `release`, and by the operating system when the process ends in whatever way. */
export interface DatabaseLock {
  /** Lets others know where this process listens. */
  announce(address: string): void;
  release(): void;
}

/**
 * Takes the lock of the database at `path`. It is a write lock on a file of its own, `<path>.lock`, held for as long as the
 * process lives: the kernel gives it back even after `kill -9`. `<path>.lock.json` names the owner, for people and the CLI.
 *
 * @throws DatabaseHeldError when another process, or another Lion in this one, holds it
 */
export function lockDatabase(path: string): DatabaseLock {
  const ownerPath = `${path}.lock.json`;
  const held = takeLock(path, ownerPath);
  const announce = (address: string | null): void => {
    const owner: DatabaseOwner = { pid: process.pid, address };
    // Renamed into place, so that nobody reads half of it.
    writeFileSync(`${ownerPath}.new`, JSON.stringify(owner));
    renameSync(`${ownerPath}.new`, ownerPath);
  };
  try {
    announce(null);
  } catch (error) {
    held.close();
    throw new DatabaseUnusableError(path, `${ownerPath} cannot be written (${messageOf(error)})`, { cause: error });
  }
  return {
    announce,
    release() {
      if (!held.open) return;
      rmSync(ownerPath, { force: true });
      held.close();
    },
  };
}

/**
 * Who holds the database at `path`, as far as that can be told without being in the way of one that starts.
 *
 * @returns undefined when nobody does
 */
export function ownerOf(path: string): DatabaseOwner | undefined {
  const owner = readOwner(`${path}.lock.json`);
  // Whoever holds it says so, but may have been killed: then the lock is free.
  if (!owner) return undefined;
  try {
    takeLock(path, `${path}.lock.json`).close();
    return undefined;
  } catch (error) {
    if (error instanceof DatabaseHeldError) return owner;
    // Somebody else's lock, which this user may not touch.
    return isAlive(owner.pid) ? owner : undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function takeLock(path: string, ownerPath: string): SQLite.Database {
  let lock: SQLite.Database | undefined;
  try {
    lock = new SQLite(`${path}.lock`, { timeout: 0 });
    lock.exec('BEGIN IMMEDIATE');
    return lock;
  } catch (error) {
    lock?.close();
    if ((error as { code?: string }).code === 'SQLITE_BUSY') throw new DatabaseHeldError(path, readOwner(ownerPath));
    throw new DatabaseUnusableError(path, `its lock file ${path}.lock cannot be written (${messageOf(error)})`, { cause: error });
  }
}

function readOwner(ownerPath: string): DatabaseOwner | undefined {
  try {
    return JSON.parse(readFileSync(ownerPath, 'utf8')) as DatabaseOwner;
  } catch {
    return undefined;
  }
}
