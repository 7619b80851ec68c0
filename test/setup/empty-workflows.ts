import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, type WorkflowBundle } from '@temporalio/worker';
import { theStack } from './the-stack.js';

export interface EmptyWorkflows {
  readonly connection: NativeConnection;
  readonly workflowBundle: WorkflowBundle;
  readonly activities: { readonly nothing: () => Promise<void> };
}

/** What workers of the workflows of `test/measure/empty-workflow.ts` are made of. The connection is to be closed. */
export async function openEmptyWorkflows(): Promise<EmptyWorkflows> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../measure/empty-workflow.ts', import.meta.url)),
    logger: new DefaultLogger('WARN'),
  });
  const connection = await NativeConnection.connect({ address: theStack().urls.temporalAddress });
  return { connection, workflowBundle: { code }, activities: { nothing: () => Promise.resolve() } };
}
