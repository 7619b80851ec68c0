export { createEngine } from './create-engine.js';
export {
  loadNativeAddon,
  type LoadedAddon,
  type NativeAddon,
  type NativeHash,
} from '../native/native-addon.js';
export {
  createNativeHashes,
  nativeEngine,
  threadedNativeEngine,
  type NativeEngine,
} from './native-engine.js';
export { parseMidstates, type ParsedMidstates } from './parse-midstates.js';
export { portableEngine } from './portable-engine.js';
export { createRangeHasher } from './range-hasher.js';
export type { CreateResumableHash, HashPosition, ResumableHash } from './resumable-hash.js';
export { selectEngine, type EngineChoice } from './select-engine.js';
export { selfTest } from './self-test.js';
