/** Lion as a library: open one, give it definitions of your own, serve it. */
export { serveUntilStopped } from './cli/serve.ts';
export { configFromEnv, type Config } from './config.ts';
export { LionError } from './errors.ts';
export type { Json, JsonObject, Provisional } from './history/event.ts';
export { serve, type LionServer } from './http/server.ts';
export { openLion, type Lion, type LionOptions } from './lion.ts';
export { define, type Context, type Definition, type GenerateRequest, type StepContext } from './operations/definition.ts';
export { OperationError } from './operations/errors.ts';
