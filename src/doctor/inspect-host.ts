import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { formatBytes } from '../core/format-bytes.js';
import type { Finding } from './doctor-report.js';

/** What speeds hashing up, as Linux names it on x86-64 and on arm64. */
const FEATURES = ['sha_ni', 'pclmulqdq', 'vpclmulqdq', 'avx2', 'avx512f', 'pmull', 'sha1', 'sha2', 'sha512'];

/** Looks at Node, the processor and the memory. */
export function inspectHost(): Finding[] {
  const { node, openssl } = process.versions;
  const model = cpus()[0]?.model ?? 'unknown processor';
  const features = cpuFeatures();
  return [
    {
      name: 'node',
      state: 'ok',
      detail: `${node}, OpenSSL ${openssl}, ${process.platform}-${process.arch}`,
    },
    {
      name: 'processor',
      state: 'ok',
      detail: `${String(cpus().length)} x ${model}${features === '' ? '' : `; ${features}`}`,
    },
    { name: 'memory', state: 'ok', detail: memory() },
  ];
}

function memory(): string {
  const limit = cgroupLimitBytes();
  const total = `${formatBytes(totalmem())} on the machine`;
  return limit === undefined ? `${total}, no cgroup limit` : `${formatBytes(limit)} by the cgroup, ${total}`;
}

/** The memory limit of the process's control group; undefined where there is none. */
function cgroupLimitBytes(): number | undefined {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : undefined;
}

function cpuFeatures(): string {
  const listed = new Set(/^(?:flags|Features)\s*:(.*)$/m.exec(readCpuInfo())?.[1]?.trim().split(' '));
  return FEATURES.filter((feature) => listed.has(feature)).join(' ');
}

/** Only Linux has it. */
function readCpuInfo(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return '';
  }
}
