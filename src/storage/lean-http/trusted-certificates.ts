import { readFileSync } from 'node:fs';
import * as tls from 'node:tls';

/** What Node was told, by its environment, about whom to trust. */
export interface TlsTrust {
  /** Of NODE_EXTRA_CA_CERTS. */
  readonly extraCertificatesFile?: string | undefined;
  /** Node was told what only Node knows how to do: TLS is left to it. */
  readonly isLeftToNode?: boolean;
}

/** Options by which Node is told to trust, or to shake hands, otherwise than it does of itself. */
const TLS_OPTIONS = /--(tls-|use-openssl-ca|use-system-ca|openssl-|enable-fips|force-fips)/;

/** `tls.getCACertificates` came with Node 22.15. */
const { getCACertificates } = tls as { getCACertificates?: (type: 'default') => string[] };

/** @param env Node's own variables: NODE_EXTRA_CA_CERTS, NODE_OPTIONS and others */
export function trustOf(env: NodeJS.ProcessEnv): TlsTrust {
  const options = [...process.execArgv, env['NODE_OPTIONS'] ?? ''].join(' ').replaceAll('_', '-');
  return {
    extraCertificatesFile: env['NODE_EXTRA_CA_CERTS'],
    isLeftToNode:
      TLS_OPTIONS.test(options) ||
      env['NODE_USE_SYSTEM_CA'] === '1' ||
      env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0',
  };
}

/** The certificates that Node's own TLS connections trust, in PEM: those it brings, and those of the extra file. */
export function trustedCertificates({ extraCertificatesFile: path }: TlsTrust): readonly string[] {
  const extra = path === undefined ? undefined : tryReadText(path);
  const usual = getCACertificates?.('default') ?? tls.rootCertificates;
  return extra === undefined ? usual : [...usual, extra];
}

/** A file that cannot be read is one that Node has warned of at its start. */
function tryReadText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
