export type * from './activity-contracts.js';
export type { ActivityDependencies } from './activity-dependencies.js';
export { createActivities } from './create-activities.js';
export type { ControlActivities, HashActivities } from './create-activities.js';
