import { delimiter, join } from 'node:path';
import type { FunctionSpec } from './function-specs.js';
import { HANDLER } from './runtime-client.js';

const LOCAL_ACCOUNT = '000000000000';

/** Of the environment of whoever runs functions here, what they need to find the local servers, as a role and a network would give it. */
const HANDED_ON =
  /^(?:AWS_ENDPOINT_URL(?:_\w+)?|AWS_REGION|AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|NODE_EXTRA_CA_CERTS)$/;

/** The function's name as Lambda has it in its ARN. */
export function functionArn({ name }: FunctionSpec, region: string): string {
  return `arn:aws:lambda:${region}:${LOCAL_ACCOUNT}:function:${name}`;
}

/**
 * The variables of a function's process: the template's, and those that Lambda defines.
 * Source: AWS Lambda's developer guide, "Defined runtime environment variables".
 */
export function lambdaVariables(
  spec: FunctionSpec,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const handedOn = Object.entries(env).filter(
    (entry): entry is [string, string] => HANDED_ON.test(entry[0]) && entry[1] !== undefined,
  );
  const modules = `${spec.layerRoot}/nodejs`;
  return {
    AWS_REGION: 'us-east-1',
    ...Object.fromEntries(handedOn),
    ...spec.env,
    PATH: '/usr/local/bin:/usr/bin:/bin',
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    LAMBDA_TASK_ROOT: spec.taskRoot,
    LAMBDA_RUNTIME_DIR: spec.taskRoot,
    NODE_PATH: [
      join(modules, spec.runtime.replace('nodejs', 'node').replace('.x', ''), 'node_modules'),
      join(modules, 'node_modules'),
    ].join(delimiter),
    _HANDLER: HANDLER,
    AWS_EXECUTION_ENV: `AWS_Lambda_${spec.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: spec.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memoryMB),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${spec.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
  };
}
