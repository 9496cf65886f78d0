export type { Location } from './address.ts';
export { createClient, type Client, type ClientOptions } from './client.ts';
export { LionClientError } from './errors.ts';
export { outputFields } from './events.ts';
export type {
  Event,
  EventType,
  Idea,
  OperationError,
  OperationOutput,
  OperationStatus,
  PlanStep,
  PlanStepStatus,
  PlanStepTree,
  Selection,
  Usage,
} from './events.ts';
export type { FollowOptions } from './follow.ts';
