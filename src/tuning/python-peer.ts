import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Algorithm } from '../core/algorithms.js';
import { MidstateError } from '../core/failures.js';
import type { ClassLimits } from './holders/holder.js';

/**
 * The seed's loop: one ranged GET after another, hashed from the raw stream. It times itself from its first request
 * on, and counts its CPU from there, as a function that is warm does. Of hashlib's algorithms only.
 */
const LOOP = `
import hashlib, json, sys, time
import boto3
bucket, key, algorithm, chunk = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
s3 = boto3.client("s3")
digest = hashlib.new(algorithm)
started, cpu = time.monotonic(), time.process_time()
size = s3.head_object(Bucket=bucket, Key=key)["ContentLength"]
for start in range(0, size, chunk):
    last = min(start + chunk, size) - 1
    raw = s3.get_object(Bucket=bucket, Key=key, Range=f"bytes={start}-{last}")["Body"]._raw_stream
    while piece := raw.read(1 << 20):
        digest.update(piece)
print(json.dumps({
    "digest": digest.hexdigest(),
    "seconds": time.monotonic() - started,
    "cpuSeconds": time.process_time() - cpu,
}))
`;

const ALGORITHMS: readonly Algorithm[] = ['md5', 'sha1', 'sha256', 'sha512'];

export function canRunInPython(algorithms: readonly Algorithm[]): boolean {
  return algorithms.every((algorithm) => ALGORITHMS.includes(algorithm));
}

/** A Python that has boto3: `python3` of PATH, else the one that the benchmark keeps in the cache. */
export async function findPython(
  env: Readonly<Record<string, string | undefined>>,
  cacheDir: string,
): Promise<string | undefined> {
  const kept = existsSync(cacheDir)
    ? readdirSync(cacheDir)
        .filter((name) => name.startsWith('bench-python-'))
        .map((name) => join(cacheDir, name, 'bin', 'python'))
        .filter((file) => existsSync(file))
    : [];
  for (const python of ['python3', ...kept]) {
    const child = spawn(python, ['-c', 'import boto3'], { env: { ...env }, stdio: 'ignore' });
    const [code] = (await once(child, 'exit').catch(() => [1])) as [number | null];
    if (code === 0) return python;
  }
  return undefined;
}

export interface PythonRequest {
  readonly python: string;
  readonly bucket: string;
  readonly key: string;
  readonly algorithm: Algorithm;
  readonly chunkSizeBytes: number;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface PythonAnswer {
  readonly digest: string;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/**
 * Runs the loop inside the limits.
 * @throws MidstateError WorkerShutdown when it fails or is killed
 */
export async function runPython(
  { python, bucket, key, algorithm, chunkSizeBytes, env }: PythonRequest,
  limits: ClassLimits,
  { timeoutSeconds, stop }: { readonly timeoutSeconds: number; readonly stop: AbortSignal },
): Promise<PythonAnswer> {
  const words = ['-c', LOOP, bucket, key, algorithm, String(chunkSizeBytes)];
  const wrapped = limits.wrap({ command: python, args: words, env });
  const child = spawn(wrapped.command, [...wrapped.args], {
    env: { ...wrapped.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutSeconds * 1_000,
    killSignal: 'SIGKILL',
    signal: stop,
  });
  const [stdout, stderr, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  if (code === 0) return JSON.parse(stdout) as PythonAnswer;
  const how = (await limits.wasKilled(child.killed ? undefined : (signal ?? undefined)))
    ? 'was killed at its memory limit'
    : `failed: ${stderr.trim().slice(-300)}`;
  throw new MidstateError('WorkerShutdown', `tune: the Python loop ${how}`);
}
