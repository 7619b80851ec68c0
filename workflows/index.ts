export { hashObject } from './hash-object.js';
export { backfill } from './backfill.js';
