/** Processes that are killed with SIGKILL. */
export const KILL_TARGETS = [
  'worker-256-a',
  'worker-256-b',
  'worker-512-a',
  'worker-512-b',
  'worker-workflows',
  'poller',
  'temporal',
  's3',
] as const;
export type KillTarget = (typeof KILL_TARGETS)[number];

/** What the network between the workers and S3, or between midstate and Temporal, does for a while. */
export const NETWORK_FAULTS = ['cut', 'reset', 'stalled', 'late', 'slow', 'temporal-cut'] as const;
export type NetworkFault = (typeof NETWORK_FAULTS)[number];

/** What S3 does with one request. */
export const ANSWER_FAULTS = [
  '500',
  '503',
  '429',
  'truncated',
  'broken-off',
  'stands-still',
  'corrupted',
] as const;
export type AnswerFault = (typeof ANSWER_FAULTS)[number];

/** What happens to the machine. */
export const MACHINE_FAULTS = ['memory-high', 'out-of-memory', 'disk-full', 'clock-jump'] as const;
export type MachineFault = (typeof MACHINE_FAULTS)[number];

/** What owners do with objects that are being hashed. */
export const OBJECT_FAULTS = ['overwritten', 'deleted'] as const;
export type ObjectFault = (typeof OBJECT_FAULTS)[number];

/** One fault of the plan. `seconds`: how long it lasts, or how long what was killed stays away. */
export type Fault =
  | { readonly kind: 'kill'; readonly target: KillTarget; readonly seconds: number }
  | { readonly kind: 'network'; readonly what: NetworkFault; readonly seconds: number }
  | { readonly kind: 'machine'; readonly what: MachineFault; readonly seconds: number };

export type LightFault =
  | {
      readonly kind: 'answer';
      readonly what: AnswerFault;
      /** Of the body, where it strikes. */ readonly place: number;
    }
  | { readonly kind: 'object'; readonly what: ObjectFault };

/** For the report: `kill worker-256-a`, `network cut`. */
export function nameOf(fault: Fault | LightFault): string {
  return `${fault.kind} ${fault.kind === 'kill' ? fault.target : fault.what}`;
}
