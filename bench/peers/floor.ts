import { ALGORITHMS, type Algorithm } from '../../src/core/algorithms.js';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from '../../src/local/aws-clients.js';
import type { Command } from '../measure/measure-command.js';
import { REPOSITORY } from '../repository.js';
import { BUCKET } from '../stage/bench-object.js';
import { clientEnvironment, RANGE_BYTES, type Contender } from './contender.js';

/** The drain: curl in signed ranged GETs on one kept-alive connection, to nowhere. It has no digest: its bytes are counted. */
export function curl(env: Command['env']): Contender {
  return {
    id: 'curl',
    title: 'curl to nowhere',
    algorithms: ALGORITHMS,
    command: ({ endpoint, object, rangeBytes = RANGE_BYTES }) => {
      const url = `${endpoint.url}/${BUCKET}/${object.key}`;
      const trust = endpoint.authority === undefined ? [] : ['--cacert', endpoint.authority];
      const gets: string[][] = [];
      for (let start = 0; start < object.sizeBytes; start += rangeBytes) {
        const last = Math.min(start + rangeBytes, object.sizeBytes) - 1;
        gets.push([
          ...['--silent', '--show-error', '--fail', '--output', '/dev/null', ...trust],
          ...['--user', `${LOCAL_CREDENTIALS.accessKeyId}:${LOCAL_CREDENTIALS.secretAccessKey}`],
          ...[
            '--aws-sigv4',
            `aws:amz:${LOCAL_REGION}:s3`,
            '--header',
            'x-amz-content-sha256: UNSIGNED-PAYLOAD',
          ],
          ...['--write-out', '%{size_download} %{num_connects}\\n'],
          ...['--range', `${String(start)}-${String(last)}`, url],
        ]);
      }
      const argv = [
        'curl',
        '--disable',
        ...gets.flatMap((get, index) => (index === 0 ? get : ['--next', ...get])),
      ];
      return { argv, env: clientEnvironment(env, endpoint) };
    },
    resultOf: (stdout) => {
      const transfers = stdout
        .trim()
        .split('\n')
        .map((line) => line.split(' ').map(Number));
      const connections = transfers.reduce((sum, [, opened = 0]) => sum + opened, 0);
      if (connections !== 1) return [`${String(connections)} connections instead of one`];
      return [String(transfers.reduce((sum, [bytes = 0]) => sum + bytes, 0))];
    },
  };
}

const HASH_ALONE = `${REPOSITORY}dist/bench/peers/hash-alone.js`;
const NODE_ALGORITHMS: readonly Algorithm[] = ['md5', 'sha1', 'sha256', 'sha512', 'crc32'];

/** The hash alone, from memory: by the engine's native hashes, or by `node:crypto` and `node:zlib`. */
export function hashAlone(implementation: 'native' | 'node', env: Command['env']): Contender {
  return {
    id: `hash-${implementation}`,
    title: `the hash alone, ${implementation === 'native' ? "midstate's native" : 'node:crypto, node:zlib'}`,
    algorithms: implementation === 'native' ? ALGORITHMS : NODE_ALGORITHMS,
    command: ({ object, algorithms }) => ({
      argv: ['node', HASH_ALONE, implementation, String(algorithms[0]), object.key, String(object.sizeBytes)],
      env: { PATH: env['PATH'] },
    }),
    resultOf: (stdout) => [parse(stdout).digest],
    ownCpuSeconds: (stdout) => parse(stdout).cpuSeconds,
  };
}

function parse(stdout: string): { digest: string; cpuSeconds: number } {
  return JSON.parse(stdout) as { digest: string; cpuSeconds: number };
}
