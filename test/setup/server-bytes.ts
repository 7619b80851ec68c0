import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';

const {
  DescribeWorkflowExecutionResponse: Description,
  GetWorkflowExecutionHistoryResponse: HistoryPage,
  ListWorkflowExecutionsResponse: ListPage,
  DescribeScheduleResponse: Schedule,
} = proto.temporal.api.workflowservice.v1;

/** Everything that a Temporal server tells about the workflows that a query finds, as it comes over the wire. */
export async function serverBytes(client: Client, query: string): Promise<Buffer> {
  const { workflowService: service, options } = client;
  const { namespace } = options;
  const list = await service.listWorkflowExecutions({ namespace, query, pageSize: 1_000 });
  const told: Uint8Array[] = [ListPage.encode(list).finish()];
  for (const { execution = null } of list.executions) {
    const description = await service.describeWorkflowExecution({ namespace, execution });
    const history = await service.getWorkflowExecutionHistory({ namespace, execution });
    told.push(Description.encode(description).finish(), HistoryPage.encode(history).finish());
  }
  return Buffer.concat(told);
}

/** The same of a schedule. */
export async function scheduleBytes(
  { workflowService, options }: Client,
  scheduleId: string,
): Promise<Buffer> {
  const described = await workflowService.describeSchedule({ namespace: options.namespace, scheduleId });
  return Buffer.from(Schedule.encode(described).finish());
}
