export { parseMidstates, type ParsedMidstates } from './parse-midstates.js';
export { portableEngine } from './portable-engine.js';
export { createRangeHasher } from './range-hasher.js';
export type { CreateResumableHash, HashPosition, ResumableHash } from './resumable-hash.js';
export { selectEngine } from './select-engine.js';
export { selfTest } from './self-test.js';
