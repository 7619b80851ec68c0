import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether openssl is here to make certificates with. */
export const HAS_OPENSSL = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

export interface KeyAndCertificate {
  readonly key: Buffer;
  readonly cert: Buffer;
}

/** An authority that nobody knows, in a folder of its own. */
export class TestAuthority {
  readonly #folder = mkdtempSync(join(tmpdir(), 'midstate-authority-'));

  constructor() {
    this.#openssl(
      'req',
      '-x509',
      ...EC_KEY,
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-subj',
      '/CN=test authority',
    );
  }

  /** The file that NODE_EXTRA_CA_CERTS wants. */
  get certificateFile(): string {
    return join(this.#folder, 'ca.pem');
  }

  /** @param names as openssl writes them: `DNS:localhost`, `IP:127.0.0.1` */
  issue(...names: string[]): KeyAndCertificate {
    writeFileSync(join(this.#folder, 'extensions'), `subjectAltName=${names.join(',')}\n`);
    this.#openssl(
      'req',
      '-new',
      ...EC_KEY,
      '-keyout',
      'server.key',
      '-out',
      'server.csr',
      '-subj',
      '/CN=test',
    );
    const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'extensions'];
    this.#openssl('x509', '-req', '-in', 'server.csr', '-out', 'server.pem', ...signing);
    return {
      key: readFileSync(join(this.#folder, 'server.key')),
      cert: readFileSync(join(this.#folder, 'server.pem')),
    };
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.#folder, stdio: ['ignore', 'ignore', 'pipe'] });
  }
}

const EC_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
