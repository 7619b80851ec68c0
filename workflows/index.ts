export { hashObject } from './hash-object.js';
