/**
 * Search attributes of `hashObject` workflows: six Keyword, two KeywordList (`sha1`, …; `sha1:<hex>`, …) and one Int,
 * within the ten, three and three that SQL visibility stores offer. Registered by `midstate setup`.
 */
export const SEARCH_ATTRIBUTES = {
  S3Bucket: 'KEYWORD',
  S3Key: 'KEYWORD',
  HashStatus: 'KEYWORD',
  HashVerdict: 'KEYWORD',
  HashAlgorithms: 'KEYWORD_LIST',
  HashDigests: 'KEYWORD_LIST',
  HashCause: 'KEYWORD',
  MemoryClass: 'KEYWORD',
  ObjectSizeBytes: 'INT',
} as const;

export type SearchAttributeName = keyof typeof SEARCH_ATTRIBUTES;

/** Values of `HashStatus`. */
export type HashStatus = 'hashing' | 'paused' | 'hashed' | 'superseded' | 'gone' | 'failed' | 'cancelled';
