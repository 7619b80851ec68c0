export type * from './activity-contracts.js';
export type { ActivityDependencies } from './activity-dependencies.js';
export { createActivities, createRoutingActivities } from './create-activities.js';
export type { ControlActivities, HashActivities, RoutingActivities } from './create-activities.js';
export * from './replay-activities.js';
