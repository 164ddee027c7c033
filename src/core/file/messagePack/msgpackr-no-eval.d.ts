/**
 * The build of msgpackr that never turns a file's keys into code. The package ships no types for this entry; these are
 * of what is used of it.
 */
declare module 'msgpackr/index-no-eval' {
  interface Options {
    readonly useRecords: boolean;
    readonly variableMapSize: boolean;
    readonly moreTypes: boolean;
  }

  export class Packr {
    constructor(options: Options);
    pack(value: unknown): Uint8Array;
  }
}
