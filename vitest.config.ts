import { defineConfig } from 'vitest/config';

export default defineConfig({
  // graphql 16 would load twice, as ESM and as CommonJS, and refuse to work with itself.
  resolve: { alias: { graphql: 'graphql/index.js' } },
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/support/build.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores: more workers only make the timing-sensitive tests wait for each other.
    maxWorkers: 2,
    server: {
      deps: {
        inline: [
          /@pothos\//,
          /graphql-yoga/,
          /@graphql-tools\//,
          /@envelop\//,
          /@graphql-yoga\//,
          /graphql-ws/,
          /graphql-scalars/,
        ],
      },
    },
    // What urql aborts, it does not always wait for: nothing of Lion's is in that.
    onUnhandledError: (error) => !(error.name === 'AbortError' && (error.stack ?? '').includes('@urql/core')),
    env: { LION_MODEL: 'builtin' },
  },
});
