/** What the build writes into the page (vite.viewer.config.ts). */

declare module 'embedded:worker' {
  /** The worker's script. */
  const source: string;
  export default source;
}

declare module 'embedded:wasm' {
  /** The WebAssembly module's bytes in base64. */
  const base64: string;
  export default base64;
}

declare module 'embedded:version' {
  const version: string;
  export default version;
}

declare module '*.css';
