export { hashObject } from './hash-object.js';
export { replay } from './replay.js';
export { backfill } from './backfill.js';
