export type { Location } from './address.ts';
export type { Api, InputOf, Page, PageArguments } from './api.ts';
export { contentOf, type OperationContent } from './content.ts';
export { createClient, type Client, type ClientOptions } from './client.ts';
export { LionClientError, type InputIssue } from './errors.ts';
export {
  eventFields,
  followOperationDocument,
  followSessionDocument,
  operationFields,
  outputFields,
  sessionFields,
} from './documents.ts';
export type { FollowOptions } from './follow.ts';
export {
  applyEvent,
  emptyHistory,
  lastSeqOf,
  type HistoryView,
  type OperationView,
  type ScoredChoice,
  type StepView,
} from './history-view.ts';
export type * from './schema-types.ts';
