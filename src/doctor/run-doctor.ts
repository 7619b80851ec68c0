import type { Config } from '../config.js';
import type { EngineName } from '../core/engine-names.js';
import { nativeEngine, selectEngine } from '../hashing/index.js';
import type { DoctorReport, Finding } from './doctor-report.js';
import { inspectHost } from './inspect-host.js';
import { inspectServices } from './inspect-services.js';
import { measureHashes } from './measure-hashes.js';

/** Looks at everything midstate stands on, and measures the hash functions. Changes nothing. */
export async function runDoctor(config: Config): Promise<DoctorReport> {
  const { engine, finding } = await inspectEngine(config.engine);
  const services = await inspectServices(config);
  const findings = [finding, ...inspectHost(), ...services];
  return {
    ok: findings.every(({ state }) => state !== 'failed'),
    engine,
    findings,
    speeds: await measureHashes(),
  };
}

async function inspectEngine(prefer: EngineName): Promise<{ engine: EngineName; finding: Finding }> {
  let reason: string | undefined;
  const selected = await selectEngine({
    prefer,
    onFallback: (why) => {
      reason = why;
    },
  });
  if (selected.name === 'native') {
    const crc = nativeEngine().addon?.crcImplementations[0] ?? 'table';
    const detail = `native: md5 and SHA of Node's OpenSSL, CRCs by ${crc}; blake3 in WebAssembly`;
    return { engine: 'native', finding: { name: 'engine', state: 'ok', detail } };
  }
  const finding: Finding =
    reason === undefined
      ? { name: 'engine', state: 'ok', detail: 'portable, as MIDSTATE_ENGINE asks for' }
      : { name: 'engine', state: 'note', detail: `portable; native: ${reason}` };
  return { engine: 'portable', finding };
}
