import type { GraphiQLOptions } from 'graphql-yoga';

/** What a person sees first. */
const firstQuery = `# Welcome to Lion, the agent server.
#
# 1. Put your API key between the quotes in "Headers",
#    below. Lion showed it on its first start; it is in
#    the file lion.db.key beside the database, too.
# 2. Press the play button and choose Start.
# 3. Copy the id from the answer into Watch, in place
#    of op_..., press play, and choose Watch.
#
# The book at the upper left has the documentation;
# Ctrl-Space completes what you type.

mutation Start {
  run(input: {
    instruction: "Plan a village library website"
  }) {
    ... on Operation { id status }
    ... on Error { code message }
  }
}

subscription Watch {
  operationEvents(operationId: "op_...") {
    seq
    type
    operation { kind status }
    ... on IdeaProposed { idea { title } }
    ... on ChoiceScored { choice { label } score }
    ... on PlanStepProposed { planStep { title } }
    ... on TextDelta { text }
    ... on OperationFailed { error { message } }
  }
}

query Results {
  operations(first: 3, filter: { topLevel: true }) {
    nodes {
      id
      status
      instruction
      usage { outputTokens }
      output {
        ... on RunOutput {
          selectedIdea { title description }
          steps { title dependsOn }
        }
      }
    }
  }
}
`;

const options: GraphiQLOptions = {
  title: 'Lion',
  defaultQuery: firstQuery,
  headers: JSON.stringify({ 'X-API-Key': '' }, null, 2),
  shouldPersistHeaders: true,
  subscriptionsProtocol: 'SSE',
};

/** GraphiQL, with its assets from here: they are part of the page. */
export async function renderPage(): Promise<string> {
  // 9 MB, which only a person who opens the page needs.
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  return renderGraphiQL(options);
}
