import { findOnPath } from '../../src/local/install/find-executable.js';
import type { LocalEnvironment, Report } from '../../src/local/local-environment.js';
import { selectEngine } from '../../src/hashing/select-engine.js';
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
  let fallback: string | undefined;
  await selectEngine({ onFallback: (reason) => (fallback = reason) });
  const unlessNative = (peer: Contender): Peer =>
    fallback === undefined ? peer : { id: peer.id, title: peer.title, reason: fallback };
  const unlessPython = (id: ContenderId, title: string, make: (python: PythonPeers) => Contender): Peer =>
    'reason' in python ? { id, title, reason: python.reason } : make(python);
  const missing = async (command: string): Promise<string | undefined> =>
    (await findOnPath(command, env)) === undefined ? `${command} is not installed` : undefined;
  const [noCurl, noSum] = [await missing('curl'), await missing('sha1sum')];
  return [
    unlessNative(engine('native', env)),
    engine('portable', env),
    unlessPython('python', 'Python loop', (peers) => pythonLoop(peers, env)),
    noSum === undefined
      ? unlessPython('aws-cli', 'aws s3 cp', (peers) => awsCli(peers, env))
      : { id: 'aws-cli', title: 'aws s3 cp', reason: noSum },
    await findRclone(env, report),
    awsSdk(env),
    noCurl === undefined ? curl(env) : { id: 'curl', title: 'curl', reason: noCurl },
    unlessNative(hashAlone('native', env)),
    hashAlone('node', env),
  ];
}
