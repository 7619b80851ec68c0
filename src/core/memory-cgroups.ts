/** A file's text; undefined where there is no such file or it may not be read. */
export type ReadText = (path: string) => string | undefined;

/** A control group that counts this process's memory: its own, or one around it. */
export interface MemoryCgroup {
  readonly version: 1 | 2;
  readonly folder: string;
  /** Undefined where it sets none. */
  readonly limitBytes: number | undefined;
}

interface CgroupMount {
  readonly version: 1 | 2;
  /** Where it is mounted. */
  readonly folder: string;
  /** The group that shows there: `/`, or a container's own where the rest of the tree is hidden. */
  readonly root: string;
}

/** Version 1 has no word for "none": its limit is then 2^63 less a page, as good as this. */
const NO_LIMIT_FROM_BYTES = 2 ** 60;

const FILES = {
  1: { limit: 'memory.limit_in_bytes', usage: 'memory.usage_in_bytes', inactive: 'total_inactive_file' },
  2: { limit: 'memory.max', usage: 'memory.current', inactive: 'inactive_file' },
} as const;

/**
 * The memory control groups of this process, its own first, then those around it as far as they can be seen. A limit
 * of any of them holds: a pod's is set on a group around its containers'. Empty where there are none (no Linux, no
 * controller). Works from `/proc/self/cgroup` and `/proc/self/mountinfo`, cgroup versions 1 and 2 and both at once.
 */
export function findMemoryCgroups(read: ReadText): MemoryCgroup[] {
  const mounts = parseMounts(read('/proc/self/mountinfo') ?? '');
  for (const { version, path } of parseMemberships(read('/proc/self/cgroup') ?? '')) {
    const mount = mounts.find((candidate) => candidate.version === version);
    if (mount === undefined) continue;
    const groups = foldersFrom(mount, path).flatMap((folder) => readGroup(read, version, folder));
    if (groups.length > 0) return groups;
  }
  return [];
}

/** The smallest limit of all groups; undefined where none sets one. */
export function tightestLimitBytes(groups: readonly MemoryCgroup[]): number | undefined {
  const limits = groups.flatMap(({ limitBytes }) => limitBytes ?? []);
  return limits.length === 0 ? undefined : Math.min(...limits);
}

/**
 * Bytes of a group that the kernel cannot simply drop: what it counts, less the page cache that was not used lately.
 * Kubernetes calls it the working set. Undefined once the group is gone.
 */
export function workingSetBytes(read: ReadText, { version, folder }: MemoryCgroup): number | undefined {
  const usage = numberIn(read(`${folder}/${FILES[version].usage}`));
  if (usage === undefined) return undefined;
  const inactive = statOf(read(`${folder}/memory.stat`), FILES[version].inactive) ?? 0;
  return Math.max(usage - inactive, 0);
}

/** One figure of a file that has `name value` a line. */
export function statOf(text: string | undefined, name: string): number | undefined {
  const line = text?.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return numberIn(line?.slice(name.length));
}

/** `4:memory:/path` (version 1) and `0::/path` (version 2); version 1 first, for where it counts memory, 2 does not. */
function parseMemberships(text: string): { readonly version: 1 | 2; readonly path: string }[] {
  const found = text.split('\n').flatMap((line): { version: 1 | 2; path: string }[] => {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) return [];
    if (controllers === '') return [{ version: 2, path }];
    return controllers.split(',').includes('memory') ? [{ version: 1, path }] : [];
  });
  return found.sort((a, b) => a.version - b.version);
}

/** Of `36 31 0:33 /root /mount rw - cgroup cgroup rw,memory`, the fifth and fourth word, and what follows the dash. */
function parseMounts(text: string): CgroupMount[] {
  return text.split('\n').flatMap((line): CgroupMount[] => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , root, folder] = before.split(' ');
    const [type, , options = ''] = after.split(' ');
    if (root === undefined || folder === undefined) return [];
    if (type === 'cgroup2') return [{ version: 2, root, folder: unescaped(folder) }];
    const countsMemory = type === 'cgroup' && options.split(',').includes('memory');
    return countsMemory ? [{ version: 1, root, folder: unescaped(folder) }] : [];
  });
}

/** The group's folder and those of the groups around it, inside out. Where the path is not below the mount's root
 * (a namespace hides it), the mount itself is the group. */
function foldersFrom({ root, folder }: CgroupMount, path: string): string[] {
  const base = root === '/' ? '' : root;
  const isBelow = !path.split('/').includes('..') && (path === base || path.startsWith(`${base}/`));
  const names = isBelow
    ? path
        .slice(base.length)
        .split('/')
        .filter((name) => name !== '')
    : [];
  return names.map((_, index) => [folder, ...names.slice(0, names.length - index)].join('/')).concat(folder);
}

function readGroup(read: ReadText, version: 1 | 2, folder: string): MemoryCgroup[] {
  const usage = read(`${folder}/${FILES[version].usage}`);
  const limit = numberIn(read(`${folder}/${FILES[version].limit}`));
  if (usage === undefined && limit === undefined) return []; // version 2's root has no such files
  return [
    { version, folder, limitBytes: limit === undefined || limit >= NO_LIMIT_FROM_BYTES ? undefined : limit },
  ];
}

/** Version 2 writes `max` for no limit. */
function numberIn(text: string | undefined): number | undefined {
  const trimmed = text?.trim();
  return trimmed === undefined || !/^\d+$/.test(trimmed) ? undefined : Number(trimmed);
}

/** mountinfo writes a blank in a path as `\040`. */
function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));
}
