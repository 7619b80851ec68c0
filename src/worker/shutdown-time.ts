/**
 * After a shutdown is asked for, activities may take so many seconds to hand on their midstates. Whoever stops a worker
 * (docker-compose.yml, the Helm chart) must wait longer before it kills.
 */
export const SHUTDOWN_FORCE_SECONDS = 10;
