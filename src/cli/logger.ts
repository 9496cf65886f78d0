import pino, { type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { Config } from '../config.ts';
import { withoutSecrets } from '../models/secrets.ts';

/** JSON lines on standard error; for people where that is a terminal. */
export function createLogger(level: Config['logLevel']): Logger {
  const stderr = 2;
  return process.stderr.isTTY
    ? pino({ level, ...withoutSecrets }, pretty({ destination: stderr, ignore: 'pid,hostname', sync: true }))
    : pino({ level, ...withoutSecrets }, pino.destination({ fd: stderr, sync: true }));
}
