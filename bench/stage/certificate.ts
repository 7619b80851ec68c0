import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOOPBACK } from '../../src/local/ports.js';

/** A server's certificate and key, and the authority that signed it: files in PEM. */
export interface Certificate {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

const VALID_DAYS = '2';
const EC_P256 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** Makes a certificate for the loopback address with the openssl command; undefined, with a word, where there is none. */
export function makeCertificate(folder: string): Certificate | { readonly reason: string } {
  const [authority, authorityKey] = [join(folder, 'authority.pem'), join(folder, 'authority.key')];
  const [certificate, key, request] = ['server.pem', 'server.key', 'server.csr'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  const extensions = join(folder, 'extensions.cnf');
  writeFileSync(
    extensions,
    `subjectAltName=IP:${LOOPBACK},DNS:localhost\nbasicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n`,
  );
  const steps = [
    ['req', '-x509', ...EC_P256, '-subj', '/CN=midstate bench', '-days', VALID_DAYS].concat([
      ...['-keyout', authorityKey, '-out', authority],
    ]),
    ['req', ...EC_P256, '-subj', `/CN=${LOOPBACK}`, '-keyout', key, '-out', request],
    ['x509', '-req', '-in', request, '-CA', authority, '-CAkey', authorityKey, '-CAcreateserial'].concat([
      ...['-days', VALID_DAYS, '-extfile', extensions, '-out', certificate],
    ]),
  ];
  for (const args of steps) {
    const { status, error, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
    if (error !== undefined) return { reason: `openssl: ${error.message}` };
    if (status !== 0) return { reason: `openssl ${args[0] ?? ''}: ${stderr.trim().slice(-300)}` };
  }
  return { authority, certificate, key };
}
