import { defineConfig } from 'vitest/config';

/** Where .ci/run wants the results as JSON, beside what people read. */
const report = process.env['TCPSCOPE_TEST_REPORT'];

export default defineConfig({
  test: {
    // Much of the time tests wait for programs that they started.
    maxWorkers: '100%',
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    // What is slow, or needs more than Node (Wine, mingw), is named *.full.test.ts and run by `npm run test:full`.
    projects: [
      {
        test: {
          name: 'quick',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.full.test.ts', 'test/.cache/**'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'full',
          include: ['test/**/*.full.test.ts'],
          exclude: ['test/.cache/**'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
