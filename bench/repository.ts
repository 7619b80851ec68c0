import { fileURLToPath } from 'node:url';

/** The repository's folder, with a slash at its end; compiled, this file lies in dist/bench. */
export const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));
