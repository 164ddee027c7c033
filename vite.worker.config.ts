import { defineConfig } from 'vite';

/**
 * What a worker thread of a batch runs, in one file: every worker loads it anew, and as a hundred modules one by one that took four times as
 * long, as much as its work on a thousand small files.
 */
export default defineConfig({
  logLevel: 'warn',
  ssr: { noExternal: true },
  build: {
    ssr: 'src/node/batch/worker.ts',
    target: 'node20',
    // Beside the library, as the command line.
    outDir: 'dist/node',
    emptyOutDir: false,
    minify: true,
    sourcemap: false,
    rolldownOptions: {
      output: {
        format: 'cjs',
        exports: 'named',
        entryFileNames: 'tcpscope-worker.cjs',
        codeSplitting: false,
      },
    },
  },
});
