import type { EventType } from '../history/event.ts';

/** What each type of event tells of. */
export const eventDescriptions: Record<EventType, string> = {
  SessionCreated: 'The session was created.',
  SessionUpdated: 'The session was changed, or revived; these are its details from then on.',
  SessionExpired: 'The session has expired: it takes no new work until it is revived.',
  SessionForked: 'The session goes its own way from here: what comes before is shared with the one that it was forked from.',
  OperationQueued: 'An operation was started, and waits for a slot, or for its turn in the session.',
  OperationStarted: 'An attempt at the operation began.',
  OperationWaiting: 'The operation waits for a person or for a time, and has given up its slot and its claim.',
  OperationResumed: 'What the operation waited for has come; it is queued to go on.',
  OperationRecovered:
    'An attempt was given up, as its process ended or could not go on; the operation is queued again, with all that it recorded.',
  OperationSucceeded: 'The operation has ended, with an output.',
  OperationFailed: 'The operation has ended, with an error.',
  OperationCancelled: 'The operation was cancelled.',
  StepStarted: 'A try of a step began.',
  StepWaiting: 'A model call waits for its turn at the provider.',
  StepRetrying: 'A try of a step failed, and another one is made.',
  StepSucceeded: 'A step is recorded: what its last try proposed is final.',
  StepFailed: 'The last try of a step failed.',
  TextDelta: 'A piece of the text that a step produces. Provisional until the step has succeeded.',
  ReasoningDelta:
    'A piece of what a model says of its reasoning, where `reasoning` asks for it. Provisional until the step has succeeded.',
  IdeaProposed: 'An idea is complete. Provisional until the step has succeeded.',
  PlanStepProposed: 'A step of a plan is complete. Provisional until the step has succeeded.',
  ChoiceScored: 'A choice was scored. Provisional until the step has succeeded.',
  PlanStepChanged: 'A step of a plan that is carried out has begun, has ended, or is skipped.',
  DataEmitted: 'A custom definition tells something.',
  InputRequested: 'A person is asked for something: `answerOperation` answers.',
  InputReceived: 'A person has answered.',
  InputExpired: 'Nobody answered in time.',
  EventsPruned:
    'The events from this one on, through `through`, were provisional ones of operations that have ended, and are kept no longer. The next event is `through + 1`.',
};
