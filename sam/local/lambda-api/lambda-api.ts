import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { LOOPBACK } from '../../../src/local/ports.js';
import { ApiError } from './api-error.js';
import { invokeWithLog } from './invoke-with-log.js';
import type { FunctionVersion, VersionedFunction } from './versioned-function.js';

const PREFIX = '/2015-03-31/functions/';

/** What is asked of a function: the rest of the path, the query, the body. */
interface Question {
  readonly found: VersionedFunction;
  readonly method: string;
  readonly what: readonly string[];
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  readonly wantsLog: boolean;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/**
 * The part of Lambda's API (version 2015-03-31) that changes, publishes and invokes functions, on loopback, for the
 * functions that are there. Signatures are not looked at.
 * Source: AWS Lambda's API reference.
 */
export class LambdaApi {
  /** Each request that was answered, for example `PUT worker-512/configuration 200`. */
  readonly requests: string[] = [];

  private constructor(
    private readonly server: Server,
    private readonly functions: ReadonlyMap<string, VersionedFunction>,
  ) {}

  static async open(functions: ReadonlyMap<string, VersionedFunction>, port = 0): Promise<LambdaApi> {
    const server = createServer((request, response) => {
      api.#serve(request, response).catch(() => response.destroy()); // whoever asked is gone
    });
    const api = new LambdaApi(server, functions);
    server.listen(port, LOOPBACK);
    await once(server, 'listening');
    return api;
  }

  /** `AWS_ENDPOINT_URL_LAMBDA` */
  get url(): string {
    return `http://${LOOPBACK}:${String((this.server.address() as AddressInfo).port)}`;
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await Promise.all([...this.functions.values()].map((one) => one.stop()));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const body = await text(request);
    const { pathname, searchParams } = new URL(url, this.url);
    let answer: Answer;
    try {
      const [name = '', ...what] = pathname.slice(PREFIX.length).split('/').map(decodeURIComponent);
      const found = pathname.startsWith(PREFIX)
        ? this.functions.get(name.split(':').at(-1) ?? '')
        : undefined;
      if (found === undefined)
        throw new ApiError(404, 'ResourceNotFoundException', `Function not found: ${name}`);
      const wantsLog = request.headers['x-amz-log-type'] === 'Tail';
      const parsed = (body === '' ? {} : JSON.parse(body)) as Record<string, unknown>;
      answer = await reply({ found, method, what, query: searchParams, body: parsed, wantsLog });
    } catch (error) {
      answer = faultOf(error);
    }
    this.requests.push(
      `${method} ${pathname.slice(PREFIX.length)}${searchParams.size === 0 ? '' : `?${searchParams.toString()}`} ${String(answer.status)}`,
    );
    response.writeHead(answer.status, { 'Content-Type': 'application/json', ...answer.headers });
    response.end(answer.body === undefined ? undefined : JSON.stringify(answer.body));
  }
}

async function reply(question: Question): Promise<Answer> {
  const { found, method, what, query, body, wantsLog } = question;
  const [kind = '', name = ''] = what;
  const qualifier = query.get('Qualifier') ?? undefined;
  switch (`${method} ${kind}`) {
    case 'GET configuration': {
      const { state, isInProgress } = found.find(qualifier);
      return { status: 200, body: configurationOf(found.name, state, isInProgress) };
    }
    case 'PUT configuration': {
      const { MemorySize, Environment, RevisionId } = body as {
        MemorySize?: number;
        Environment?: { Variables?: Record<string, string> };
        RevisionId?: string;
      };
      const to = {
        ...(MemorySize === undefined ? {} : { memoryMB: MemorySize }),
        ...(Environment?.Variables === undefined ? {} : { variables: Environment.Variables }),
      };
      return { status: 200, body: configurationOf(found.name, found.change(to, RevisionId), true) };
    }
    case 'POST versions': {
      const { Description } = body as { Description?: string };
      return { status: 201, body: configurationOf(found.name, found.publish(Description), false) };
    }
    case 'GET versions':
      return {
        status: 200,
        body: { Versions: found.versions.map((one) => configurationOf(found.name, one, false)) },
      };
    case 'GET aliases':
      return {
        status: 200,
        body: { Aliases: found.aliases.map((one) => ({ Name: one.name, FunctionVersion: one.version })) },
      };
    case 'POST aliases': {
      const { Name = '', FunctionVersion = '' } = body as { Name?: string; FunctionVersion?: string };
      found.createAlias(Name, FunctionVersion);
      return { status: 201, body: { Name, FunctionVersion } };
    }
    case 'DELETE aliases':
      found.deleteAlias(name);
      return { status: 204 };
    case 'DELETE ':
      if (qualifier === undefined)
        throw new ApiError(400, 'InvalidParameterValueException', 'Here only versions are deleted');
      await found.deleteVersion(qualifier);
      return { status: 204 };
    case 'POST invocations':
      return { status: 200, ...(await invokeWithLog(found, qualifier ?? '$LATEST', body, wantsLog)) };
    default:
      throw new ApiError(404, 'ResourceNotFoundException', `There is no ${method} ${what.join('/')} here`);
  }
}

function configurationOf(name: string, state: FunctionVersion, isInProgress: boolean): unknown {
  const { version, description, revisionId, memoryMB, timeoutSeconds, variables } = state;
  return {
    FunctionName: name,
    Version: version,
    Description: description,
    RevisionId: revisionId,
    MemorySize: memoryMB,
    Timeout: timeoutSeconds,
    Architectures: [process.arch === 'arm64' ? 'arm64' : 'x86_64'],
    Environment: { Variables: variables },
    State: 'Active',
    LastUpdateStatus: isInProgress ? 'InProgress' : 'Successful',
  };
}

function faultOf(error: unknown): Answer {
  const fault =
    error instanceof ApiError
      ? error
      : new ApiError(500, 'ServiceException', error instanceof Error ? error.message : String(error));
  return {
    status: fault.status,
    headers: { 'X-Amzn-ErrorType': fault.code },
    body: { Type: 'User', Message: fault.message },
  };
}
