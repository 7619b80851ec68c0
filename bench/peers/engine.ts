import { ALGORITHMS } from '../../src/core/algorithms.js';
import type { EngineName } from '../../src/core/engine-names.js';
import { formatS3Uri } from '../../src/core/s3-uri.js';
import type { Command } from '../measure/measure-command.js';
import { REPOSITORY } from '../repository.js';
import { BUCKET } from '../stage/bench-object.js';
import { clientEnvironment, firstWords, RANGE_BYTES, type Contender } from './contender.js';

/** This engine, by the command a user types. */
export function engine(name: EngineName, env: Command['env']): Contender {
  return {
    id: `engine-${name}`,
    title: `midstate hash, ${name}`,
    algorithms: ALGORITHMS,
    command: ({ endpoint, object, algorithms, rangeBytes = RANGE_BYTES }) => ({
      argv: [
        ...[`${REPOSITORY}bin/midstate`, 'hash', formatS3Uri({ bucket: BUCKET, key: object.key })],
        ...['--algorithms', algorithms.join(','), '--chunk-size-bytes', String(rangeBytes)],
      ],
      env: { ...clientEnvironment(env, endpoint), MIDSTATE_ENGINE: name },
    }),
    resultOf: firstWords,
  };
}

/** The native engine with what proving costs where S3 holds a crc64nvme of the object: the same read hashed with it too. */
export function engineWithProof(env: Command['env']): Contender {
  const native = engine('native', env);
  return {
    ...native,
    id: 'engine-proof',
    title: 'midstate hash, native, with crc64nvme for the proof',
    algorithms: ['sha1'],
    command: (task) => native.command({ ...task, algorithms: [...task.algorithms, 'crc64nvme'] }),
    resultOf: (stdout) => native.resultOf(stdout).slice(0, 1),
  };
}
