import { MidstateError } from '../core/failures.js';
import { translateAwsError } from './aws-failures.js';

/** What Lambda's errors mean; those that all services share are translated as elsewhere. */
export function translateLambdaError(error: unknown, action: string, functionName: string): unknown {
  const facts = { function: functionName };
  const options = { facts, cause: error };
  if (isNamed(error, 'ResourceNotFoundException'))
    return new MidstateError(
      'InvalidInput',
      `${action}: there is no such function: check its name and the region (AWS_REGION)`,
      options,
    );
  if (isNamed(error, 'PreconditionFailedException'))
    return new MidstateError(
      'InvalidInput',
      `${action}: somebody else has changed the function meanwhile: see that no deployment runs, then try again`,
      options,
    );
  if (isNamed(error, 'ResourceConflictException'))
    return new MidstateError(
      'StoreUnavailable',
      `${action}: the function is being changed, or such an alias is there already: try again`,
      options,
    );
  return translateAwsError(error, action, facts);
}

/** Whether the SDK gave the error this name. */
export function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
