/** A Temporal Web UI and the namespace that is looked at in it. */
export interface WebUi {
  readonly url: string;
  readonly namespace: string;
}

/** The page of a job; without a run id, of its newest run. */
export function jobUrl(ui: WebUi, workflowId: string, runId?: string): string {
  const run = runId === undefined ? '' : `/${encodeURIComponent(runId)}`;
  return `${workflowsUrl(ui)}/${encodeURIComponent(workflowId)}${run}`;
}

/** The list of the workflows that a visibility query finds. */
export function queryUrl(ui: WebUi, query: string): string {
  return `${workflowsUrl(ui)}?query=${encodeURIComponent(query)}`;
}

function workflowsUrl({ url, namespace }: WebUi): string {
  return `${url.replace(/\/+$/, '')}/namespaces/${encodeURIComponent(namespace)}/workflows`;
}
