// The least that a Lambda runtime client is: in the place of AWS's, where that one is not installed.
// Variables as Lambda has them: AWS_LAMBDA_RUNTIME_API, LAMBDA_TASK_ROOT, _HANDLER, AWS_LAMBDA_FUNCTION_*.
import { Agent, request } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { env } = process;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const [file, name] = env._HANDLER.split('.');
const errorOf = (error) => ({ errorType: error.name, errorMessage: error.message, trace: [] });

let handler;
try {
  handler = createRequire(import.meta.url)(join(env.LAMBDA_TASK_ROOT, file))[name];
} catch (error) {
  console.error(error);
  await call('POST', 'init/error', errorOf(error));
  process.exit(1);
}

for (;;) {
  const { headers, body } = await call('GET', 'invocation/next');
  const id = headers['lambda-runtime-aws-request-id'];
  const deadlineMs = Number(headers['lambda-runtime-deadline-ms']);
  const context = {
    awsRequestId: id,
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    getRemainingTimeInMillis: () => Math.max(deadlineMs - Date.now(), 0),
  };
  try {
    await call('POST', `invocation/${id}/response`, (await handler(JSON.parse(body), context)) ?? null);
  } catch (error) {
    await call('POST', `invocation/${id}/error`, errorOf(error));
  }
}

function call(method, path, content) {
  const [host, port] = env.AWS_LAMBDA_RUNTIME_API.split(':');
  return new Promise((resolve, reject) => {
    const options = { host, port, method, path: `/2018-06-01/runtime/${path}`, agent };
    const sent = request(options, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (piece) => (body += piece));
      response.on('end', () => resolve({ headers: response.headers, body }));
    });
    sent.on('error', reject).end(content === undefined ? undefined : JSON.stringify(content));
  });
}
