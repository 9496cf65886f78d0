import { configFromEnv } from '../config.ts';

/** The URL of the database that the environment names: nothing else of the configuration is looked at. */
export const configuredDatabase = (): string =>
  configFromEnv({ LION_DATABASE_URL: process.env['LION_DATABASE_URL'] }).databaseUrl;
