// The build of msgpackr that never turns a file's keys into code. The package ships no types for this entry.
declare module 'msgpackr/index-no-eval' {
  export { Packr, Unpackr } from 'msgpackr';
}
