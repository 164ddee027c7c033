import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, defineConfig, type Plugin, type UserConfig } from 'vite';

/**
 * The viewer as one file that needs nothing else: styles, script, the worker's script and the WebAssembly module are written into
 * the page, which a policy then allows to run exactly these, and to ask nobody for anything.
 */

const root = import.meta.dirname;
const web = join(root, 'web');

interface Built {
  readonly script: string;
  readonly styles: string;
  readonly licenses: string;
}

/** Modules that only exist in the build: what the page carries for its worker. */
function embedded(worker: Promise<Built>): Plugin {
  const modules: Readonly<Record<string, () => Promise<string>>> = {
    'embedded:worker': async () => (await worker).script,
    'embedded:wasm': async () => (await readFile(join(root, 'dist', 'tcpscope.wasm'))).toString('base64'),
    'embedded:version': async () => {
      const text = await readFile(join(root, 'package.json'), 'utf8');
      return (JSON.parse(text) as { version: string }).version;
    },
  };
  return {
    name: 'tcpscope:embedded',
    resolveId: (id) => (Object.hasOwn(modules, id) ? `\0${id}` : undefined),
    load: async (id) => {
      const module = id.startsWith('\0') ? modules[id.slice(1)] : undefined;
      return module && `export default ${JSON.stringify(await module())};`;
    },
  };
}

/** Puts everything that the build made into the page. */
function singlePage(worker: Promise<Built>): Plugin {
  return {
    name: 'tcpscope:single-page',
    enforce: 'post',
    generateBundle: {
      // After the licences have been listed.
      order: 'post',
      async handler(_options, bundle) {
        const { script, styles, licenses } = takeApart(Object.values(bundle) as readonly Output[]);
        for (const name of Object.keys(bundle)) delete bundle[name];
        const page = await readFile(join(web, 'viewer.html'), 'utf8');
        const notices = [licenses, (await worker).licenses].join('\n\n').replaceAll('--', '- -');
        const parts: Readonly<Record<string, string>> = {
          '<!-- policy -->': `<meta http-equiv="Content-Security-Policy" content="${policy(script, styles)}" />`,
          '<!-- styles -->': `<style>${styles}</style>`,
          '<!-- script -->': `<script type="module">${script}</script>`,
          '<!-- licences -->': `<!--\n${notices}\n-->`,
        };
        const source = page.replaceAll(/<!-- \w+ -->/g, (mark) => parts[mark] ?? mark);
        this.emitFile({ type: 'asset', fileName: 'viewer.html', source });
      },
    },
  };
}

/** `connect-src 'none'` is what `tcpscope view` opens for its own address, and nobody else does. */
function policy(script: string, styles: string): string {
  return [
    "default-src 'none'",
    `script-src '${digest(script)}' 'wasm-unsafe-eval'`,
    'worker-src blob:',
    `style-src '${digest(styles)}'`,
    'img-src data:',
    "connect-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types tcpscope-worker',
  ].join('; ');
}

function digest(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

type Output =
  | { readonly type: 'chunk'; readonly code: string }
  | { readonly type: 'asset'; readonly fileName: string; readonly source: string | Uint8Array };

function takeApart(outputs: readonly Output[]): Built {
  const assets = (end: string): string =>
    outputs
      .filter((output) => output.type === 'asset')
      .filter(({ fileName }) => fileName.endsWith(end))
      .map(({ source }) => (typeof source === 'string' ? source : new TextDecoder().decode(source)))
      .join('\n')
      .trim();
  const chunks = outputs.filter((output) => output.type === 'chunk');
  const [chunk] = chunks;
  if (chunk === undefined || chunks.length > 1)
    throw new Error(`one script expected, ${chunks.length} built`);
  // Within a script only these texts end it, or begin a comment; both stand in strings.
  const script = chunk.code.trim().replaceAll(/<(\/script|!--)/gi, '<\\$1');
  return { script, styles: assets('.css'), licenses: assets('.md') };
}

/** Browsers that have popovers, dialogs and `light-dark()`. */
const shared = {
  target: ['chrome125', 'firefox128', 'safari18'],
  modulePreload: false as const,
  // Licences of packages go where their code goes.
  license: { fileName: 'licenses.md' },
};

async function buildWorker(): Promise<Built> {
  const result = await build({
    configFile: false,
    logLevel: 'warn',
    root: web,
    build: {
      ...shared,
      write: false,
      rolldownOptions: { input: join(web, 'worker', 'main.ts'), output: { format: 'iife' } },
    },
  });
  const [built] = [result].flat();
  if (built === undefined || !('output' in built)) throw new Error('the worker was not built');
  return takeApart(built.output);
}

export default defineConfig((): UserConfig => {
  const worker = buildWorker();
  return {
    logLevel: 'warn',
    root: web,
    plugins: [embedded(worker), singlePage(worker)],
    build: {
      ...shared,
      outDir: join(root, 'dist'),
      emptyOutDir: false,
      cssCodeSplit: false,
      rolldownOptions: { input: join(web, 'page', 'main.ts') },
    },
  };
});
