export * from './errors.js';
export * from './snapshot.js';
export * from './tableClass.js';
