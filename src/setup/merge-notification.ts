import { isDeepStrictEqual } from 'node:util';
import type { BucketNotifications, NotificationTarget } from '../storage/bucket-notifications.js';

export interface WantedNotification {
  /** What tells our configuration from those of others. */
  readonly id: string;
  readonly queueArn: string;
  readonly events: readonly string[];
  readonly prefix: string;
  readonly suffix: string;
}

export type NotificationPlan =
  /** Ours is there, or another already sends the same to the queue. */
  | { readonly kind: 'keep'; readonly by: string }
  | { readonly kind: 'change'; readonly merged: BucketNotifications; readonly others: readonly string[] }
  /** S3 allows one destination for a key and event; somebody else has it. */
  | { readonly kind: 'conflict'; readonly with: string };

/** Puts our configuration among those of others, which stay as they are. */
export function mergeNotification(
  present: BucketNotifications,
  wanted: WantedNotification,
): NotificationPlan {
  const target = targetOf(wanted);
  const ours = (present.QueueConfigurations ?? []).find(({ Id }) => Id === wanted.id);
  if (ours !== undefined && isSame(ours, target)) return { kind: 'keep', by: wanted.id };
  const others = allTargets(present).filter(({ Id }) => Id !== wanted.id);
  const overlapping = others.filter((other) => overlaps(other, target));
  const sends = overlapping.find((other) => other.QueueArn === wanted.queueArn && covers(other, target));
  if (sends !== undefined) return { kind: 'keep', by: describeTarget(sends) };
  const [rival] = overlapping;
  if (rival !== undefined) return { kind: 'conflict', with: describeTarget(rival) };
  const queues = (present.QueueConfigurations ?? []).filter(({ Id }) => Id !== wanted.id);
  const bridge = present.EventBridgeConfiguration === undefined ? [] : ['EventBridge'];
  return {
    kind: 'change',
    merged: { ...present, QueueConfigurations: [...queues, target] },
    others: [...others.map(describeTarget), ...bridge],
  };
}

function targetOf({ id, queueArn, events, prefix, suffix }: WantedNotification): NotificationTarget {
  const FilterRules = [
    ...(prefix === '' ? [] : [{ Name: 'prefix', Value: prefix }]),
    ...(suffix === '' ? [] : [{ Name: 'suffix', Value: suffix }]),
  ];
  return {
    Id: id,
    QueueArn: queueArn,
    Events: events,
    ...(FilterRules.length === 0 ? {} : { Filter: { Key: { FilterRules } } }),
  };
}

function allTargets(present: BucketNotifications): NotificationTarget[] {
  const { QueueConfigurations, TopicConfigurations, LambdaFunctionConfigurations } = present;
  return [QueueConfigurations, TopicConfigurations, LambdaFunctionConfigurations].flatMap(
    (list) => list ?? [],
  );
}

function isSame(a: NotificationTarget, b: NotificationTarget): boolean {
  const facts = (target: NotificationTarget) => [
    target.QueueArn,
    [...(target.Events ?? [])].sort(),
    filterOf(target, 'prefix'),
    filterOf(target, 'suffix'),
  ];
  return isDeepStrictEqual(facts(a), facts(b));
}

/** The same key and event could go to both, which S3 refuses. */
function overlaps(a: NotificationTarget, b: NotificationTarget): boolean {
  const [prefixA, prefixB] = [filterOf(a, 'prefix'), filterOf(b, 'prefix')];
  const [suffixA, suffixB] = [filterOf(a, 'suffix'), filterOf(b, 'suffix')];
  return (
    (prefixA.startsWith(prefixB) || prefixB.startsWith(prefixA)) &&
    (suffixA.endsWith(suffixB) || suffixB.endsWith(suffixA)) &&
    (a.Events ?? []).some((one) => (b.Events ?? []).some((two) => names(one, two) || names(two, one)))
  );
}

/** Everything that `b` would send, `a` sends. */
function covers(a: NotificationTarget, b: NotificationTarget): boolean {
  return (
    filterOf(b, 'prefix').startsWith(filterOf(a, 'prefix')) &&
    filterOf(b, 'suffix').endsWith(filterOf(a, 'suffix')) &&
    (b.Events ?? []).every((event) => (a.Events ?? []).some((pattern) => names(pattern, event)))
  );
}

/** `s3:ObjectCreated:*` names `s3:ObjectCreated:Put`. */
function names(pattern: string, event: string): boolean {
  return pattern === event || (pattern.endsWith('*') && event.startsWith(pattern.slice(0, -1)));
}

/** S3 answers rule names in any case: `Prefix` for what was put as `prefix`. */
function filterOf({ Filter }: NotificationTarget, name: 'prefix' | 'suffix'): string {
  return Filter?.Key?.FilterRules?.find((rule) => rule.Name?.toLowerCase() === name)?.Value ?? '';
}

function describeTarget(target: NotificationTarget): string {
  const destination = target.QueueArn ?? target.TopicArn ?? target.LambdaFunctionArn ?? 'unknown';
  return `"${target.Id ?? ''}" to ${destination}`;
}
