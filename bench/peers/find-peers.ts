import { findOnPath } from '../../src/local/install/find-executable.js';
import type { LocalEnvironment, Report } from '../../src/local/local-environment.js';
import { nativeEngine } from '../../src/hashing/native-engine.js';
import type { Contender, ContenderId, Peer } from './contender.js';
import { engine } from './engine.js';
import { curl, hashAlone } from './floor.js';
import type { PythonPeers } from './install-python.js';
import { findRclone } from './rclone.js';
import { awsCli, awsSdk, pythonLoop } from './scripts.js';

/** All contenders of the bench, in the order of its tables; those that cannot be had with the reason. */
export async function findPeers(
  environment: LocalEnvironment,
  python: PythonPeers | { readonly reason: string },
  report: Report,
): Promise<Peer[]> {
  const { env } = environment;
  const native = nativeEngine();
  const unlessNative = (peer: Contender): Peer =>
    native.engine === undefined ? { id: peer.id, title: peer.title, reason: native.reason } : peer;
  const unlessPython = (id: ContenderId, title: string, make: (python: PythonPeers) => Contender): Peer =>
    'reason' in python ? { id, title, reason: python.reason } : make(python);
  const hasCurl = (await findOnPath('curl', env)) !== undefined;
  return [
    unlessNative(engine('native', env)),
    engine('portable', env),
    unlessPython('python', 'Python loop', (peers) => pythonLoop(peers, env)),
    unlessPython('aws-cli', 'aws s3 cp', (peers) => awsCli(peers, env)),
    await findRclone(env, report),
    awsSdk(env),
    hasCurl ? curl(env) : { id: 'curl', title: 'curl', reason: 'curl is not installed' },
    unlessNative(hashAlone('native', env)),
    hashAlone('node', env),
  ];
}
