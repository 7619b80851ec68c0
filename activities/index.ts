export type * from './activity-contracts.js';
export type { ActivityDependencies } from './activity-dependencies.js';
export { createActivities, createBackfillActivities, createRoutingActivities } from './create-activities.js';
export type {
  BackfillActivities,
  ControlActivities,
  HashActivities,
  RoutingActivities,
} from './create-activities.js';
export type { BackfillDependencies, PageStarter } from './start-page.js';
export * from './replay-activities.js';
