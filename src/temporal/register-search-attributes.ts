import type { Client } from '@temporalio/client';
import { encodeSearchAttributeIndexedValueType } from '@temporalio/common/lib/search-attributes.js';
import { MidstateError } from '../core/failures.js';
import { SEARCH_ATTRIBUTES, type SearchAttributeName } from '../core/search-attributes.js';

/**
 * Names of midstate's search attributes that the server does not have.
 *
 * @throws MidstateError InvalidInput when one exists with another type (the server would accept the registration
 *   silently, and change nothing)
 */
export async function missingSearchAttributes(client: Client): Promise<SearchAttributeName[]> {
  const { namespace } = client.options;
  const { operatorService } = client.connection as unknown as OperatorConnection;
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  const missing: SearchAttributeName[] = [];
  for (const [name, type] of Object.entries(SEARCH_ATTRIBUTES) as [SearchAttributeName, string][]) {
    const present = customAttributes?.[name];
    if (present === undefined) missing.push(name);
    else if (present !== indexedType(type)) throw typeConflict(namespace, name, type, present);
  }
  return missing;
}

/**
 * Registers midstate's search attributes where they are missing; returns the names of those that were.
 * @throws MidstateError InvalidInput when one exists with another type
 */
export async function registerSearchAttributes(client: Client): Promise<SearchAttributeName[]> {
  const missing = await missingSearchAttributes(client);
  if (missing.length === 0) return missing;
  const { namespace } = client.options;
  const { operatorService } = client.connection as unknown as OperatorConnection;
  const searchAttributes = Object.fromEntries(
    missing.map((name) => [name, indexedType(SEARCH_ATTRIBUTES[name])]),
  );
  await operatorService.addSearchAttributes({ namespace, searchAttributes });
  return missing;
}

interface OperatorConnection {
  readonly operatorService: {
    listSearchAttributes(request: {
      namespace: string;
    }): Promise<{ customAttributes?: Record<string, number> | null }>;
    addSearchAttributes(request: {
      namespace: string;
      searchAttributes: Record<string, number>;
    }): Promise<unknown>;
  };
}

function indexedType(type: string): number {
  return encodeSearchAttributeIndexedValueType(type as 'KEYWORD') ?? 0;
}

function typeConflict(namespace: string, name: string, type: string, present: number): MidstateError {
  return new MidstateError(
    'InvalidInput',
    'setup: a search attribute exists with another type; remove it with `temporal operator search-attribute remove`, or use another namespace',
    {
      facts: {
        namespace,
        searchAttribute: name,
        expected: type,
        actual: `indexed value type ${String(present)}`,
      },
    },
  );
}
