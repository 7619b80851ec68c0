import type { Algorithm } from '../../src/core/algorithms.js';
import { formatS3Uri } from '../../src/core/s3-uri.js';
import type { Command } from '../measure/measure-command.js';
import { REPOSITORY } from '../repository.js';
import { BUCKET } from '../stage/bench-object.js';
import { clientEnvironment, firstWords, RANGE_BYTES, type Contender, type HashTask } from './contender.js';
import type { PythonPeers } from './install-python.js';

const HASHLIB: readonly Algorithm[] = ['md5', 'sha1', 'sha256', 'sha512', 'blake3'];
const CRCS: readonly Algorithm[] = ['crc32', 'crc32c', 'crc64nvme'];

/** The plain loop of a script in Python: boto3's raw stream into hashlib; CRCs and blake3 by their own packages. */
export function pythonLoop({ python, crcPackages }: PythonPeers, env: Command['env']): Contender {
  return {
    id: 'python',
    title: 'Python loop (boto3, hashlib)',
    algorithms: crcPackages === undefined ? HASHLIB : [...HASHLIB, ...CRCS],
    command: (task) => ({
      argv: [python, `${REPOSITORY}bench/peers/python_loop.py`, ...scriptArguments(task)],
      env: {
        ...clientEnvironment(env, task.endpoint),
        // Only where it is needed: boto3 would sign with it too.
        ...(task.algorithms.some((a) => CRCS.includes(a)) ? { PYTHONPATH: crcPackages } : {}),
      },
    }),
    resultOf: firstWords,
  };
}

/** The plain loop of a script in JavaScript: the AWS SDK's body with `for await` into node:crypto. */
export function awsSdk(env: Command['env']): Contender {
  return {
    id: 'aws-sdk',
    title: 'AWS SDK for JavaScript, for await',
    algorithms: ['md5', 'sha1', 'sha256', 'sha512', 'crc32'],
    command: (task) => ({
      argv: ['node', `${REPOSITORY}bench/peers/aws-sdk-for-await.mjs`, ...scriptArguments(task)],
      env: clientEnvironment(env, task.endpoint),
    }),
    resultOf: firstWords,
  };
}

function scriptArguments({ object, algorithms, rangeBytes = RANGE_BYTES }: HashTask): string[] {
  return [BUCKET, object.key, String(algorithms[0]), String(rangeBytes)];
}

/** `aws s3 cp s3://… - | sha1sum`: the command line reads ranges of 8 MB, several at a time. */
export function awsCli({ python }: PythonPeers, env: Command['env']): Contender {
  return {
    id: 'aws-cli',
    title: 'aws s3 cp - | sha1sum',
    algorithms: ['md5', 'sha1', 'sha256', 'sha512'],
    command: ({ endpoint, object, algorithms }) => ({
      argv: [
        ...['sh', '-c', '"$0" -m awscli s3 cp --only-show-errors "$1" - | "$2"'],
        ...[python, formatS3Uri({ bucket: BUCKET, key: object.key }), `${String(algorithms[0])}sum`],
      ],
      env: clientEnvironment(env, endpoint),
    }),
    resultOf: firstWords,
  };
}
