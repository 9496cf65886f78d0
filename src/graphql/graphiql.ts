import type { GraphiQLOptions } from 'graphql-yoga';

/** What a person sees first. */
const firstQuery = `# Lion: the agent server. Put the API key into "Headers" below: {"X-API-Key": "lion_..."}
# The key is in the file lion.db.key beside the database.

mutation Start {
  run(input: { instruction: "Plan a web application for a village library" }) {
    ... on Operation { id status }
    ... on Error { code message }
  }
}

# Put the id from above in place of op_..., and watch it live.
subscription Watch {
  operationEvents(operationId: "op_...") {
    seq
    type
    operation { kind status }
    ... on IdeaProposed { idea { title } }
    ... on ChoiceScored { choice { label } score }
    ... on PlanStepProposed { planStep { title } }
    ... on TextDelta { text }
  }
}

query Look {
  sessions(first: 5) {
    nodes { id title status lastSeq operations(first: 5) { nodes { id kind status usage { outputTokens } } } }
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
export const graphiql = {
  graphiql: options,
  async renderGraphiQL(given: GraphiQLOptions): Promise<string> {
    // 9 MB, which only a person who opens the page needs.
    const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
    return renderGraphiQL(given);
  },
};
