/**
 * The build of msgpackr that never turns a file's keys into code. The package ships no types for this entry; these are
 * of what is used of it.
 */
declare module 'msgpackr/index-no-eval' {
  interface Options {
    readonly useRecords: boolean;
    readonly variableMapSize: boolean;
    readonly moreTypes: boolean;
    readonly copyBuffers: boolean;
    /** `auto`: integers above 2⁵³ become BigInt, smaller ones numbers. */
    readonly int64AsType: 'auto';
  }

  export class Packr {
    constructor(options: Options);
    pack(value: unknown): Uint8Array;
  }

  export class Unpackr {
    constructor(options: Options);
    unpack(bytes: Uint8Array): unknown;
  }
}
