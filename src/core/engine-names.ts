/** The implementations of the hash functions, the preferred one first. */
export const ENGINE_NAMES = ['native', 'portable'] as const;

export type EngineName = (typeof ENGINE_NAMES)[number];
