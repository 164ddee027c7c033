let collect: (() => void) | undefined;

/**
 * Collects this thread's garbage now. Left to itself, V8 lets every thread gather hundreds of megabytes before it looks, where the machine has
 * them: for many threads over hours that is what decides how much memory a batch takes. Compiled code goes with it, and has to be made again:
 * so it is for the end of something that took seconds.
 */
export function collectGarbage(): void {
  if (collect === undefined) {
    // Loaded where they are needed: counting alone never comes here.
    process.getBuiltinModule('node:v8').setFlagsFromString('--expose-gc');
    collect = process.getBuiltinModule('node:vm').runInNewContext('gc') as () => void;
  }
  collect();
}
