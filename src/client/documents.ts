const ideaFields = /* GraphQL */ `
  fragment IdeaFields on Idea {
    id
    title
    description
    rationale
    development {
      id
    }
  }
`;

const planStepFields = /* GraphQL */ `
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

const errorFields = /* GraphQL */ `
  fragment OperationErrorFields on OperationError {
    code
    message
    retryable
    budget {
      scope
      subjectId
      period
      unit
      limit
      spent
      reserved
      needed
      resetsAt
    }
  }
`;

const usageFields = /* GraphQL */ `
  fragment UsageFields on Usage {
    inputTokens
    outputTokens
    cachedTokens
    reasoningTokens
    cost
  }
`;

/** Selects an `OperationOutput`, as `...OperationOutputFields`. */
export const outputFields = /* GraphQL */ `
  fragment OperationOutputFields on OperationOutput {
    __typename
    ... on RunOutput {
      ideas {
        ...IdeaFields
      }
      selectedIdea {
        ...IdeaFields
      }
      steps {
        ...PlanStepTreeFields
      }
    }
    ... on BrainstormOutput {
      ideas {
        ...IdeaFields
      }
    }
    ... on PlanOutput {
      steps {
        ...PlanStepTreeFields
      }
    }
    ... on SelectOutput {
      selected {
        ...SelectionFields
      }
    }
    ... on PerformOutput {
      text
    }
    ... on UnknownOutput {
      data
    }
  }
  fragment PlanStepTreeFields on PlanStep {
    ...PlanStepFields
    steps {
      ...PlanStepFields
    }
  }
  fragment SelectionFields on Selection {
    choice {
      id
      label
    }
    score
    rationale
    tieBreak
  }
  ${ideaFields}
  ${planStepFields}
`;

/** Selects an `InputRequest`, as `...InputRequestFields`. */
export const inputRequestFields = /* GraphQL */ `
  fragment InputRequestFields on InputRequest {
    name
    question
    context
    schema
    complaint
    requestedAt
    until
  }
`;

const sharedFields = `${outputFields}${errorFields}${usageFields}`;

/** Selects an `Event` in full, as `...EventFields`. */
export const eventFields = /* GraphQL */ `
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
      onBusy
    }
    ... on SessionUpdated {
      title
      onBusy
    }
    ... on SessionForked {
      title
      onBusy
      forkedFromId
      unfinished {
        id
      }
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
        ...OperationOutputFields
      }
    }
    ... on OperationFailed {
      error {
        ...OperationErrorFields
      }
      partialOutput {
        ...OperationOutputFields
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
        ...OperationErrorFields
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
        ...OperationErrorFields
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
    ... on EventsPruned {
      through
    }
    ... on DataEmitted {
      name
      data
    }
    ... on OperationWaiting {
      waitingFor
      names
      until
    }
    ... on OperationResumed {
      name
    }
    ... on InputRequested {
      name
      question
      context
      schema
      complaint
      until
    }
    ... on InputReceived {
      name
      answer
      by
      keyId
    }
    ... on InputExpired {
      name
    }
  }
  ${sharedFields}
`;

/** Selects an `Operation`, as `...OperationFields`. */
export const operationFields = /* GraphQL */ `
  fragment OperationFields on Operation {
    id
    kind
    status
    waitsForTurn
    attempt
    model
    instruction
    childName
    session {
      id
    }
    parent {
      id
    }
    retryOf {
      id
    }
    output {
      ...OperationOutputFields
    }
    partialOutput {
      ...OperationOutputFields
    }
    planSteps {
      ...PlanStepTreeFields
    }
    error {
      ...OperationErrorFields
    }
    inputRequest {
      ...InputRequestFields
    }
    usage {
      ...UsageFields
    }
    createdAt
    startedAt
    finishedAt
  }
  ${sharedFields}
  ${inputRequestFields}
`;

/** Selects a `Session`, as `...SessionFields`. */
export const sessionFields = /* GraphQL */ `
  fragment SessionFields on Session {
    id
    title
    metadata
    status
    createdAt
    expiresAt
    onBusy
    lastSeq
    forkSeq
    usage {
      ...UsageFields
    }
  }
  ${usageFields}
`;

/** Selects a `Viewer`, as `...ViewerFields`. */
export const viewerFields = /* GraphQL */ `
  fragment ViewerFields on Viewer {
    keyId
    keyName
    role
    isToken
    sessionId
    expiresAt
    project {
      id
      name
    }
    defaultModel {
      name
      reason
    }
  }
`;

/** Selects a `Key`, as `...KeyFields`. */
export const keyFields = /* GraphQL */ `
  fragment KeyFields on Key {
    id
    name
    role
    prefix
    status
    createdAt
    expiresAt
    revokedAt
    lastUsedAt
    formerSecrets {
      prefix
      endsAt
      lastUsedAt
    }
  }
`;

/** Selects a `CreatedKey`, as `...CreatedKeyFields`. */
export const createdKeyFields = /* GraphQL */ `
  fragment CreatedKeyFields on CreatedKey {
    secret
    key {
      ...KeyFields
    }
  }
  ${keyFields}
`;

/** Selects a `CreatedToken`, as `...CreatedTokenFields`. */
export const createdTokenFields = /* GraphQL */ `
  fragment CreatedTokenFields on CreatedToken {
    token
    role
    sessionId
    expiresAt
  }
`;

/** Selects an `AuditEntry`, as `...AuditEntryFields`. */
export const auditEntryFields = /* GraphQL */ `
  fragment AuditEntryFields on AuditEntry {
    id
    at
    action
    keyId
    by
    subject
    details
  }
`;

/** Selects a `Definition`, as `...DefinitionFields`. */
export const definitionFields = /* GraphQL */ `
  fragment DefinitionFields on Definition {
    kind
    version
    description
    inputSchema
    outputSchema
  }
`;

/** Selects a `Budget`, as `...BudgetFields`. */
export const budgetFields = /* GraphQL */ `
  fragment BudgetFields on Budget {
    scope
    subjectId
    period
    resetsAt
    tokens {
      ...BudgetAmountFields
    }
    costMicroUsd {
      ...BudgetAmountFields
    }
  }
  fragment BudgetAmountFields on BudgetAmount {
    limit
    spent
    assumed
    reserved
    remaining
  }
`;

/** Selects a `KeyLimits`, as `...KeyLimitsFields`. */
export const keyLimitsFields = /* GraphQL */ `
  fragment KeyLimitsFields on KeyLimits {
    keyId
    requests
    operations
    concurrent
    subscriptions
    connections
    sessions
  }
`;

/** Selects the `System`, as `...SystemFields`. */
export const systemFields = /* GraphQL */ `
  fragment SystemFields on System {
    version
    startedAt
    uptimeSeconds
    queued
    running
    waiting
    oldestQueuedAt
    oldestUnfinishedAt
    slots
    subscribers
    largestLag
    databaseBytes
    walBytes
    freeDiskBytes
    faults
  }
`;

/** Selects a `UsageGroup`, as `...UsageGroupFields`. */
export const usageGroupFields = /* GraphQL */ `
  fragment UsageGroupFields on UsageGroup {
    model
    kind
    keyId
    day
    calls
    unpricedCalls
    usage {
      ...UsageFields
    }
  }
  ${usageFields}
`;

/** Selects a `PageInfo`, as `...PageInfoFields`. */
export const pageInfoFields = /* GraphQL */ `
  fragment PageInfoFields on PageInfo {
    hasNextPage
    hasPreviousPage
    startCursor
    endCursor
  }
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
