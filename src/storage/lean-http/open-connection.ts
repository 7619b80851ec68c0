import {
  loadNativeAddon,
  type NativeAddon,
  type NativeConnectionHandle,
  type NativeTrust,
} from '../../native/native-addon.js';
import type { HttpConnection, Origin, TlsMemory } from './http-connection.js';
import { LeanConnection } from './lean-connection.js';
import { NativeConnection } from './native-connection.js';
import { trustedCertificates, type TlsTrust } from './trusted-certificates.js';

export type OpenConnection = (origin: Origin, connectTimeoutMs: number, memory: TlsMemory) => HttpConnection;

/** Connections by Node's sockets, which are everywhere. */
export const openLeanConnection: OpenConnection = (origin, connectTimeoutMs, memory) =>
  new LeanConnection(origin, connectTimeoutMs, memory);

/** Connections by the addon; by Node's sockets where there is no addon, and for TLS that is left to Node. */
export function openBestConnection(trust: TlsTrust): OpenConnection {
  return (origin, connectTimeoutMs, memory) => {
    const isLeftToNode = origin.isTls && trust.isLeftToNode === true;
    // Loaded for the first of them: most clients never read a range.
    const { addon } = loadNativeAddon();
    const handle = isLeftToNode || addon === undefined ? undefined : tryOpenHandle(addon);
    if (addon === undefined || handle === undefined)
      return openLeanConnection(origin, connectTimeoutMs, memory);
    const native = { addon, handle, trust: origin.isTls ? nativeTrust(addon, trust) : undefined };
    return new NativeConnection(native, origin, connectTimeoutMs, memory);
  };
}

/** Undefined where no thread can be started for it: Node's sockets need none. */
function tryOpenHandle(addon: NativeAddon): NativeConnectionHandle | undefined {
  try {
    return addon.openConnection();
  } catch {
    return undefined;
  }
}

/** By the extra file: there are some 150 certificates to be read, once a process. */
const trusts = new Map<string | undefined, NativeTrust>();

function nativeTrust(addon: NativeAddon, trust: TlsTrust): NativeTrust {
  const known = trusts.get(trust.extraCertificatesFile) ?? addon.createTrust(trustedCertificates(trust));
  trusts.set(trust.extraCertificatesFile, known);
  return known;
}
