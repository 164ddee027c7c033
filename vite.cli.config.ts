import { defineConfig } from 'vite';

/**
 * The command line as one file with its dependencies: loading their many modules one by one takes Node longer than all the
 * work on a small snapshot. koffi stays outside, since its native part is a file of its own, and tinypool, whose workers' part is.
 */
export default defineConfig({
  logLevel: 'warn',
  ssr: { noExternal: true, external: ['koffi', 'tinypool'] },
  build: {
    ssr: 'src/node/cli/bin.ts',
    target: 'node20',
    // Beside the library: the module and package.json are found from here by the same relative paths.
    outDir: 'dist/node',
    emptyOutDir: false,
    // Node would spend a quarter of its start on parsing the rest.
    minify: true,
    sourcemap: false,
    license: { fileName: 'tcpscope.licenses.md' },
    rolldownOptions: { output: { entryFileNames: 'tcpscope.js' } },
  },
});
