/** The types of events, as the API names them. */
export type EventType = Event['type'];

export interface Idea {
  id: string;
  title: string;
  description: string;
  rationale: string;
  /** The operation that develops it; null where none does. */
  development: { id: string } | null;
}

export interface PlanStep {
  id: string;
  title: string;
  description: string;
  dependsOn: string[];
  doneWhen: string;
  /** The id of the step that it is a part of; null for a step of the plan itself. */
  partOf: string | null;
  status: PlanStepStatus;
  operation: { id: string } | null;
}

/** A step in an output, with the parts that it was broken down into. */
export interface PlanStepTree extends PlanStep {
  steps: PlanStep[];
}

export type PlanStepStatus = 'PLANNED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED' | 'SKIPPED';

export interface Selection {
  choice: { id: string; label: string };
  score: number | null;
  rationale: string | null;
  /** What decided between it and others that are as good. */
  tieBreak: string | null;
}

/** What an operation produced, by its kind. Kinds of the user's own are told by their type name only. */
export type OperationOutput =
  | { __typename: 'RunOutput'; ideas: Idea[]; selectedIdea: Idea; steps: PlanStepTree[] }
  | { __typename: 'BrainstormOutput'; ideas: Idea[] }
  | { __typename: 'PlanOutput'; steps: PlanStepTree[] }
  | { __typename: 'SelectOutput'; selected: Selection[] }
  | { __typename: 'PerformOutput'; text: string }
  | { __typename: 'UnknownOutput'; data: unknown };

export interface OperationError {
  code: string;
  message: string;
  retryable: boolean;
}

export interface Usage {
  inputTokens: number;
  outputTokens: number;
  cachedTokens: number;
  reasoningTokens: number;
  /** In micro-US-dollars; null where a price is not known. */
  cost: number | null;
}

export type OperationStatus = 'QUEUED' | 'RUNNING' | 'WAITING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';

interface Told<Type extends string> {
  type: Type;
  /** Its place in the history: the cursor to go on from. */
  seq: number;
  /** When it was stored: ISO 8601. */
  at: string;
}

/** The operation that an event tells of; null when it was deleted since. */
interface OfOperation {
  operation: { id: string; kind: string } | null;
}

/** What comes inside a step: provisional until its `StepSucceeded`, superseded by a `StepStarted` with a higher try. */
interface OfStep extends OfOperation {
  step: string;
  try: number;
}

/** An entry of a session's history. */
export type Event =
  | (Told<'SessionCreated' | 'SessionUpdated'> & { operation: null; title: string | null })
  | (Told<'SessionExpired'> & { operation: null })
  | (Told<'OperationQueued'> & {
      kind: string;
      input: unknown;
      childName: string | null;
      operation: { id: string; kind: string; parent: { id: string } | null } | null;
    })
  | (Told<'OperationStarted'> & OfOperation & { attempt: number; model: string | null })
  | (Told<'OperationRecovered'> & OfOperation & { attempt: number; stepsReused: string[]; stepsRepeated: string[] })
  | (Told<'OperationSucceeded'> & OfOperation & { output: OperationOutput })
  | (Told<'OperationFailed'> & OfOperation & { error: OperationError; partialOutput: OperationOutput | null })
  | (Told<'OperationCancelled'> & OfOperation & { by: string })
  | (Told<'StepStarted'> & OfStep & { model: string | null; prompt: string | null })
  | (Told<'StepWaiting'> &
      OfStep & { provider: string; waitingFor: 'CONCURRENCY' | 'REQUESTS' | 'TOKENS' | 'PROVIDER'; until: string | null })
  | (Told<'StepRetrying'> &
      OfStep & { error: OperationError; when: string; model: string | null; nextModel: string | null; usage: Usage })
  | (Told<'StepSucceeded'> & OfStep & { usage: Usage; model: string | null; mends: string[] })
  | (Told<'StepFailed'> & OfStep & { error: OperationError; model: string | null; usage: Usage })
  | (Told<'TextDelta' | 'ReasoningDelta'> & OfStep & { text: string })
  | (Told<'IdeaProposed'> & OfStep & { idea: Idea })
  | (Told<'PlanStepProposed'> & OfStep & { planStep: PlanStep })
  | (Told<'ChoiceScored'> & OfStep & { choice: { id: string; label: string }; score: number | null; rationale: string | null })
  | (Told<'PlanStepChanged'> & OfOperation & { planStep: PlanStep; reason: string | null })
  | (Told<'DataEmitted'> & OfOperation & { name: string; data: unknown });

/** Selects an `OperationOutput`. */
export const outputFields = /* GraphQL */ `
  fragment OutputFields on OperationOutput {
    __typename
    ... on RunOutput {
      ideas {
        ...IdeaFields
      }
      selectedIdea {
        ...IdeaFields
      }
      steps {
        ...PlanStepFields
        steps {
          ...PlanStepFields
        }
      }
    }
    ... on BrainstormOutput {
      ideas {
        ...IdeaFields
      }
    }
    ... on PlanOutput {
      steps {
        ...PlanStepFields
        steps {
          ...PlanStepFields
        }
      }
    }
    ... on SelectOutput {
      selected {
        choice {
          id
          label
        }
        score
        rationale
        tieBreak
      }
    }
    ... on PerformOutput {
      text
    }
    ... on UnknownOutput {
      data
    }
  }
  fragment IdeaFields on Idea {
    id
    title
    description
    rationale
    development {
      id
    }
  }
  fragment PlanStepFields on PlanStep {
    id
    title
    description
    dependsOn
    doneWhen
    partOf
    status
    operation {
      id
    }
  }
`;

const eventFields = /* GraphQL */ `
  fragment EventFields on Event {
    type
    seq
    at
    operation {
      id
      kind
    }
    ... on SessionCreated {
      title
    }
    ... on SessionUpdated {
      title
    }
    ... on OperationQueued {
      kind
      input
      childName
      operation {
        parent {
          id
        }
      }
    }
    ... on OperationStarted {
      attempt
      model
    }
    ... on OperationRecovered {
      attempt
      stepsReused
      stepsRepeated
    }
    ... on OperationSucceeded {
      output {
        ...OutputFields
      }
    }
    ... on OperationFailed {
      error {
        code
        message
        retryable
      }
      partialOutput {
        ...OutputFields
      }
    }
    ... on OperationCancelled {
      by
    }
    ... on StepStarted {
      step
      try
      model
      prompt
    }
    ... on StepWaiting {
      step
      try
      provider
      waitingFor
      until
    }
    ... on StepRetrying {
      step
      try
      error {
        code
        message
        retryable
      }
      when
      model
      nextModel
      usage {
        ...UsageFields
      }
    }
    ... on StepSucceeded {
      step
      try
      model
      mends
      usage {
        ...UsageFields
      }
    }
    ... on StepFailed {
      step
      try
      error {
        code
        message
        retryable
      }
      model
      usage {
        ...UsageFields
      }
    }
    ... on TextDelta {
      step
      try
      text
    }
    ... on ReasoningDelta {
      step
      try
      text
    }
    ... on IdeaProposed {
      step
      try
      idea {
        ...IdeaFields
      }
    }
    ... on PlanStepProposed {
      step
      try
      planStep {
        ...PlanStepFields
      }
    }
    ... on ChoiceScored {
      step
      try
      choice {
        id
        label
      }
      score
      rationale
    }
    ... on PlanStepChanged {
      planStep {
        ...PlanStepFields
      }
      reason
    }
    ... on DataEmitted {
      name
      data
    }
  }
  fragment UsageFields on Usage {
    inputTokens
    outputTokens
    cachedTokens
    reasoningTokens
    cost
  }
  ${outputFields}
`;

/** Follows a session; its events come as `events`. */
export const followSessionDocument = /* GraphQL */ `
  subscription FollowSession($id: ID!, $after: Int!, $types: [EventType!]) {
    events: sessionEvents(sessionId: $id, after: $after, types: $types) {
      ...EventFields
    }
  }
  ${eventFields}
`;

/** Follows an operation and its descendants; their events come as `events`. */
export const followOperationDocument = /* GraphQL */ `
  subscription FollowOperation($id: ID!, $after: Int!, $types: [EventType!]) {
    events: operationEvents(operationId: $id, after: $after, types: $types) {
      ...EventFields
    }
  }
  ${eventFields}
`;
