/** Reasons why an event of S3 starts nothing, by the start of its name; the first that fits. */
const NO_NEW_BYTES: readonly (readonly [name: RegExp, reason: string])[] = [
  [/^ObjectRemoved:/, 'the object was removed'],
  [/^LifecycleExpiration:/, 'a lifecycle rule removed the object'],
  [
    /^LifecycleTransition/,
    'a lifecycle rule moved the object to another storage class; its bytes are the same',
  ],
  [/^IntelligentTiering/, 'the object moved to another access tier; its bytes are the same'],
  [/^ObjectTagging:/, 'only tags changed'],
  [/^ObjectAcl:/, 'only permissions changed'],
  [/^ObjectAnnotation:/, 'only annotations changed'],
  [/^ObjectRestore:Post/, 'the restore has only begun: ObjectRestore:Completed follows'],
  [/^ObjectRestore:Delete/, 'the restored copy expired; the object is archived again'],
  [/^Replication:/, 'it tells of replication; the replica has its own event'],
  [/^ReducedRedundancyLostObject/, 'S3 lost the object'],
];

/**
 * Why the event of this name starts no hash; undefined when it announces bytes to read: every `ObjectCreated`, and
 * `ObjectRestore:Completed`.
 */
export function whyIgnored(eventName: string): string | undefined {
  const name = eventName.replace(/^s3:/, '');
  if (name.startsWith('ObjectCreated:') || name === 'ObjectRestore:Completed') return undefined;
  const known = NO_NEW_BYTES.find(([pattern]) => pattern.test(name));
  return known?.[1] ?? 'an event type that announces no new bytes';
}
