import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // What is slow, or needs more than Node (Wine, mingw), is named *.full.test.ts and run by `npm run test:full`.
    projects: [
      {
        test: {
          name: 'quick',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.full.test.ts', 'test/.cache/**'],
          testTimeout: 60_000,
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
