/** Lion as a library: open one, give it definitions of your own, serve it. */
export { serveUntilStopped } from './cli/serve.ts';
export type { Clock } from './clock.ts';
export { configFromEnv, type Config } from './config.ts';
export { LionError } from './errors.ts';
export type { Json, JsonObject, Provisional } from './history/event.ts';
export { serve, type LionServer } from './http/server.ts';
export { openLion, type Lion, type LionOptions } from './lion.ts';
export { openModels, type Models, type ModelSettings } from './models/language-model.ts';
export { recordModels } from './models/recording/record.ts';
export { replayModels, type ReplayedModels } from './models/recording/replay.ts';
export {
  define,
  type AskRequest,
  type Context,
  type Definition,
  type GenerateRequest,
  type StepContext,
} from './operations/definition.ts';
export { OperationError } from './operations/errors.ts';
export { runOperation, type RunOperationOptions } from './run-operation.ts';
