import { isGrpcServiceError } from '@temporalio/client';
import { MidstateError } from '../core/failures.js';

/** gRPC codes of a server that cannot answer now: CANCELLED, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, INTERNAL, UNAVAILABLE. */
const PASSING_CODES: ReadonlySet<number> = new Set([1, 4, 8, 13, 14]);

/** gRPC code INVALID_ARGUMENT. */
const REFUSED_CODES: ReadonlySet<number> = new Set([3]);

/** The error as InvalidInput when it says that the server does not understand the visibility query; else `error` itself. */
export function refuseQuery(error: unknown, query: string): unknown {
  const service = isGrpcServiceError(error) ? error : (error as { cause?: unknown }).cause;
  if (!isGrpcServiceError(service) || !REFUSED_CODES.has(service.code)) return error;
  return new MidstateError('InvalidInput', 'query: the Temporal server does not take it', {
    facts: { query, actual: service.details },
    cause: error,
  });
}

/**
 * The error as TemporalUnavailable when it says that the server does not take the request now; else `error` itself.
 * @param action what was tried, for the message
 */
export function translateTemporalError(error: unknown, action: string): unknown {
  const service = isGrpcServiceError(error) ? error : (error as { cause?: unknown }).cause;
  if (!isGrpcServiceError(service) || !PASSING_CODES.has(service.code)) return error;
  return new MidstateError('TemporalUnavailable', `${action}: the Temporal server does not take it now`, {
    facts: { code: service.code, actual: service.details },
    cause: error,
  });
}
