/**
 * Names by which a running workflow is operated: signals, an update and a query, the same from the command line, the
 * `temporal` command and the Web UI. Wire API: never renamed.
 */

/** Signal, of jobs and of workflows that start many jobs: begin nothing more until `resume`. */
export const PAUSE_SIGNAL = 'pause';

/** Signal: goes on where `pause` held it. */
export const RESUME_SIGNAL = 'resume';

/** Update of a job, with a memory class in MB: what is still to be read goes on there. Answers with the class in use. */
export const ESCALATE_UPDATE = 'escalate';

/** Query of a job, running or ended: its newest durable checkpoint, or null. */
export const CHECKPOINT_QUERY = 'checkpoint';
