export * from '../core/index.js';
export * from './capture/captureError.js';
