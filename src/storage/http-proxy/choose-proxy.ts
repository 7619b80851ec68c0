import { BlockList, isIP } from 'node:net';
import { MidstateError } from '../../core/failures.js';

/** The standard proxy variables, as they are written. */
export interface ProxySettings {
  /** HTTPS_PROXY, for https endpoints. */
  readonly https?: string | undefined;
  /** HTTP_PROXY, for http endpoints. */
  readonly http?: string | undefined;
  /** NO_PROXY: names with their subdomains, addresses, networks in CIDR form, each with a port if need be; `*` for all. */
  readonly exempt?: string | undefined;
}

export interface Target {
  readonly protocol: string;
  /** An IPv6 address may stand in brackets. */
  readonly hostname: string;
  readonly port: number;
}

/**
 * The proxy for requests to `target`; undefined where they go straight there, as all to this machine do.
 * @throws MidstateError InvalidInput when the variable holds no http or https URL
 */
export function chooseProxy(settings: ProxySettings, target: Target): URL | undefined {
  const isTls = target.protocol === 'https:';
  const text = isTls ? settings.https : settings.http;
  const hostname = target.hostname.toLowerCase().replace(/^\[|\]$/g, '');
  if (text === undefined || isLoopback(hostname)) return undefined;
  const entries = (settings.exempt ?? '').toLowerCase().split(/[\s,]+/);
  if (entries.some((entry) => isExempt(entry, hostname, target.port))) return undefined;
  return parseProxy(text, isTls ? 'HTTPS_PROXY' : 'HTTP_PROXY');
}

/** The proxy as a message may show it: without name and password. */
export function nameOfProxy({ protocol, host }: URL): string {
  return `${protocol}//${host}`;
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '::1' ||
    (isIP(hostname) === 4 && hostname.startsWith('127.'))
  );
}

function isExempt(entry: string, hostname: string, port: number): boolean {
  if (entry === '*') return true;
  const [, bare = entry, onlyPort] = isIP(entry) === 6 ? [] : (/^(.+):(\d+)$/.exec(entry) ?? []);
  if (onlyPort !== undefined && Number(onlyPort) !== port) return false;
  const name = bare.replace(/^\[|\]$/g, '').replace(/^\*?\./, '');
  if (name === '') return false;
  return name.includes('/')
    ? isInNetwork(name, hostname)
    : hostname === name || hostname.endsWith(`.${name}`);
}

function isInNetwork(cidr: string, address: string): boolean {
  const [network = '', prefix = ''] = cidr.split('/');
  const family = isIP(network);
  const bits = Number(prefix);
  if (family === 0 || family !== isIP(address) || !/^\d+$/.test(prefix)) return false;
  if (bits > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(network, bits, family === 4 ? 'ipv4' : 'ipv6');
  return list.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

function parseProxy(text: string, variable: string): URL {
  const url = text.includes('://') ? text : `http://${text}`;
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return new URL(url);
  // Not the text itself: it may hold a password.
  const got = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1];
  throw new MidstateError(
    'InvalidInput',
    `${variable}: expected http://host:port or https://host:port, got ${got === undefined ? 'no URL' : `a URL of ${got}://`}`,
  );
}
