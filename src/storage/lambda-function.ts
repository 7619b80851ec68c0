import {
  CreateAliasCommand,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  ListAliasesCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdated,
  waitUntilPublishedVersionActive,
  type FunctionConfiguration,
} from '@aws-sdk/client-lambda';
import { MidstateError } from '../core/failures.js';
import type { AwsSettings } from './aws-clients.js';
import { createHttpHandler } from './create-http-handler.js';
import { isNamed, translateLambdaError } from './lambda-failures.js';

/** What a version, or `$LATEST`, of a function is set to. */
export interface FunctionState {
  readonly memoryMB: number;
  readonly timeoutSeconds: number;
  readonly architecture: 'x86_64' | 'arm64';
  /** Variables of its environment; may hold credentials: never printed, never written to a file. */
  readonly variables: Readonly<Record<string, string>>;
  readonly description: string;
  /** Another one after each change, whoever makes it. */
  readonly revisionId: string;
}

export interface InvocationAnswer {
  /** How the invocation failed, in Lambda's words; undefined: it did not. */
  readonly failure: string | undefined;
  /** The last 4 KB of its log, with Lambda's REPORT line. */
  readonly logTail: string;
}

/** One Lambda function with its versions. */
export interface LambdaFunction {
  readonly name: string;
  /** @param qualifier version or alias; default: `$LATEST`. Needs lambda:GetFunctionConfiguration. */
  describe(qualifier?: string): Promise<FunctionState>;
  /**
   * Changes `$LATEST` and waits until that is done. Needs lambda:UpdateFunctionConfiguration.
   * @param revisionId as it was read: whoever else changed the function since is not overwritten
   */
  change(to: Pick<FunctionState, 'memoryMB' | 'variables'>, revisionId: string): Promise<FunctionState>;
  /**
   * Publishes `$LATEST` and waits until the version can be invoked; gives its number. Lambda publishes nothing, and
   * gives the newest version, where `$LATEST` is that. Needs lambda:PublishVersion.
   */
  publish(description: string): Promise<string>;
  /** Needs lambda:CreateAlias. */
  createAlias(alias: string, version: string): Promise<void>;
  /** Needs lambda:ListAliases. */
  aliases(): Promise<{ readonly name: string; readonly version: string }[]>;
  /** Published ones. Needs lambda:ListVersionsByFunction. */
  versions(): Promise<{ readonly version: string; readonly description: string }[]>;
  /** Does nothing where there is none. Needs lambda:DeleteAlias. */
  deleteAlias(alias: string): Promise<void>;
  /** Does nothing where there is none; refuses what is no version's number. Needs lambda:DeleteFunction. */
  deleteVersion(version: string): Promise<void>;
  /** Invokes it and waits for the end, 15 minutes at most. Undefined: Lambda took no more invocations. Needs lambda:InvokeFunction. */
  invoke(qualifier: string, signal: AbortSignal): Promise<InvocationAnswer | undefined>;
}

const SOCKET_TIMEOUT_MS = 30_000;

/** Lambda's longest invocation, and what its answer may take. */
const INVOKE_TIMEOUT_MS = 16 * 60_000;

/** A change of a function takes seconds; a version of one with a VPC, minutes. */
const WAIT = { maxWaitTime: 600, minDelay: 1, maxDelay: 5 };

/**
 * The function `name` (or its ARN). Endpoint and credentials come from the SDK's own chain.
 * All methods throw MidstateError InvalidInput (no such function, changed by somebody else), AccessDenied,
 * StoreUnavailable (retried by the SDK, but for an invocation: it is made once).
 */
export function createLambdaFunction(
  settings: Pick<AwsSettings, 'region' | 'proxies'>,
  name: string,
): LambdaFunction {
  const region = settings.region === undefined ? {} : { region: settings.region };
  const control = new LambdaClient({
    ...region,
    requestHandler: createHttpHandler({ ...settings, connections: 4 }, SOCKET_TIMEOUT_MS),
  });
  const invoking = new LambdaClient({
    ...region,
    maxAttempts: 1,
    requestHandler: createHttpHandler({ ...settings, connections: 4 }, INVOKE_TIMEOUT_MS),
  });
  const FunctionName = name;
  const failed =
    (action: string, functionName = name) =>
    (error: unknown) => {
      throw translateLambdaError(error, action, functionName);
    };
  const describe = async (qualifier?: string): Promise<FunctionState> => {
    const command = new GetFunctionConfigurationCommand({
      FunctionName,
      ...(qualifier === undefined ? {} : { Qualifier: qualifier }),
    });
    return stateOf(await control.send(command).catch(failed('describe function')), name);
  };
  return {
    name,
    describe,
    async change({ memoryMB, variables }, revisionId) {
      const command = new UpdateFunctionConfigurationCommand({
        FunctionName,
        MemorySize: memoryMB,
        Environment: { Variables: { ...variables } },
        RevisionId: revisionId,
      });
      await control.send(command).catch(failed('change function'));
      await waitUntilFunctionUpdated({ client: control, ...WAIT }, { FunctionName }).catch(
        failed('change function'),
      );
      return await describe();
    },
    async publish(description) {
      const command = new PublishVersionCommand({ FunctionName, Description: description });
      const { Version = '' } = await control.send(command).catch(failed('publish version'));
      await waitUntilPublishedVersionActive(
        { client: control, ...WAIT },
        { FunctionName, Qualifier: Version },
      ).catch(failed('publish version'));
      return Version;
    },
    async createAlias(alias, version) {
      const command = new CreateAliasCommand({ FunctionName, Name: alias, FunctionVersion: version });
      await control.send(command).catch(failed('create alias', `${name}:${alias}`));
    },
    async aliases() {
      const found: { name: string; version: string }[] = [];
      let Marker: string | undefined;
      do {
        const command = new ListAliasesCommand({ FunctionName, Marker });
        const { Aliases = [], NextMarker } = await control.send(command).catch(failed('list aliases'));
        for (const { Name = '', FunctionVersion = '' } of Aliases)
          found.push({ name: Name, version: FunctionVersion });
        Marker = NextMarker;
      } while (Marker !== undefined && Marker !== '');
      return found;
    },
    async versions() {
      const found: { version: string; description: string }[] = [];
      let Marker: string | undefined;
      do {
        const command = new ListVersionsByFunctionCommand({ FunctionName, Marker });
        const { Versions = [], NextMarker } = await control.send(command).catch(failed('list versions'));
        for (const { Version = '', Description = '' } of Versions)
          if (Version !== '$LATEST') found.push({ version: Version, description: Description });
        Marker = NextMarker;
      } while (Marker !== undefined && Marker !== '');
      return found;
    },
    async deleteAlias(alias) {
      const command = new DeleteAliasCommand({ FunctionName, Name: alias });
      await control.send(command).catch(unlessGone('delete alias', `${name}:${alias}`));
    },
    async deleteVersion(version) {
      // Without a number the whole function would go.
      if (!/^[1-9]\d*$/.test(version))
        throw new MidstateError('InvalidInput', 'delete version: expected a version’s number', {
          facts: { function: name, actual: version },
        });
      const command = new DeleteFunctionCommand({ FunctionName, Qualifier: version });
      await control.send(command).catch(unlessGone('delete version', `${name}:${version}`));
    },
    async invoke(qualifier, signal) {
      const command = new InvokeCommand({
        FunctionName,
        Qualifier: qualifier,
        InvocationType: 'RequestResponse',
        LogType: 'Tail',
        Payload: Buffer.from('{}'),
      });
      try {
        const {
          FunctionError,
          Payload,
          LogResult = '',
        } = await invoking.send(command, {
          abortSignal: signal,
        });
        return {
          failure: FunctionError === undefined ? undefined : messageOf(FunctionError, Payload),
          logTail: Buffer.from(LogResult, 'base64').toString('utf8'),
        };
      } catch (error) {
        if (isNamed(error, 'TooManyRequestsException')) return undefined;
        throw translateLambdaError(error, 'invoke function', `${name}:${qualifier}`);
      }
    },
  };
}

function stateOf(configuration: FunctionConfiguration, name: string): FunctionState {
  const {
    MemorySize = 128,
    Timeout = 3,
    Architectures,
    Environment,
    Description,
    RevisionId,
  } = configuration;
  if (Environment?.Error !== undefined)
    throw new MidstateError(
      'KmsDenied',
      'describe function: its variables cannot be read: grant kms:Decrypt on their key',
      { facts: { function: name, code: Environment.Error.ErrorCode } },
    );
  return {
    memoryMB: MemorySize,
    timeoutSeconds: Timeout,
    architecture: Architectures?.[0] === 'arm64' ? 'arm64' : 'x86_64',
    variables: { ...Environment?.Variables },
    description: Description ?? '',
    revisionId: RevisionId ?? '',
  };
}

/** The error that the runtime gave, without its stack. */
function messageOf(functionError: string, payload: Uint8Array | undefined): string {
  const text = payload === undefined ? '' : Buffer.from(payload).toString('utf8');
  try {
    const { errorType = functionError, errorMessage = '' } = JSON.parse(text) as {
      errorType?: string;
      errorMessage?: string;
    };
    return `${errorType}: ${errorMessage}`;
  } catch {
    return `${functionError}: ${text.slice(0, 300)}`;
  }
}

function unlessGone(action: string, functionName: string) {
  return (error: unknown) => {
    if (!isNamed(error, 'ResourceNotFoundException')) throw translateLambdaError(error, action, functionName);
  };
}
