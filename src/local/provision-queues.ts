export { provisionQueues, type Queues } from '../storage/provision-queues.js';
