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
