import { describe, expect, test } from 'vitest';
import { MidstateError } from '../../src/core/failures.js';
import { chooseProxy, nameOfProxy, type ProxySettings } from '../../src/storage/http-proxy/choose-proxy.js';

const BOTH: ProxySettings = { https: 'http://secure.proxy:3128', http: 'http://plain.proxy:3128' };

function choose(url: string, settings: ProxySettings = BOTH): string | undefined {
  const { protocol, hostname, port } = new URL(url);
  const target = { protocol, hostname, port: Number(port) || (protocol === 'https:' ? 443 : 80) };
  const proxy = chooseProxy(settings, target);
  return proxy === undefined ? undefined : nameOfProxy(proxy);
}

describe('the proxy of a request', () => {
  test('is the one of its scheme', () => {
    expect(choose('https://s3.eu-west-1.amazonaws.com')).toBe('http://secure.proxy:3128');
    expect(choose('http://minio.internal:9000')).toBe('http://plain.proxy:3128');
    expect(choose('https://s3.amazonaws.com', { http: BOTH.http })).toBeUndefined();
    expect(choose('http://minio.internal', { https: BOTH.https })).toBeUndefined();
  });

  test.each([
    'http://localhost:7070',
    'http://127.0.0.1',
    'https://127.8.9.10',
    'http://[::1]:80',
    'http://s3.localhost',
  ])('is none for this machine: %s', (url) => {
    expect(choose(url)).toBeUndefined();
  });

  test.each([
    ['proxy.example:8080', 'http://proxy.example:8080'],
    ['https://proxy.example', 'https://proxy.example'],
    ['http://name:secret@proxy.example:8080', 'http://proxy.example:8080'],
  ])('may be written as %s', (https, name) => {
    expect(choose('https://s3.amazonaws.com', { https })).toBe(name);
  });

  test.each([
    ['socks5://name:secret@proxy.example:1080', 'a URL of socks5://'],
    ['http://', 'a URL of http://'],
    ['a proxy', 'no URL'],
  ])('is refused when it is %s, without repeating a password', (https, got) => {
    const choosing = () => choose('https://s3.amazonaws.com', { https });

    expect(choosing).toThrow(MidstateError);
    expect(choosing).toThrow(`HTTPS_PROXY: expected http://host:port or https://host:port, got ${got}`);
    expect(choosing).not.toThrow(/secret/);
  });
});

describe('NO_PROXY', () => {
  const host = 'http://bucket.s3.corp.example:9000';

  test.each([
    '*',
    'bucket.s3.corp.example',
    'BUCKET.S3.Corp.Example',
    'corp.example',
    '.corp.example',
    '*.corp.example',
    'corp.example:9000',
    'other.example, corp.example',
    'other.example corp.example',
  ])('%j takes a host out', (exempt) => {
    expect(choose(host, { ...BOTH, exempt })).toBeUndefined();
  });

  test.each([
    '',
    ',',
    '.',
    'example.org',
    'orp.example',
    'corp.example:80',
    's3.corp',
    '10.0.0.0/8',
    'bucket',
  ])('%j leaves it in', (exempt) => {
    expect(choose(host, { ...BOTH, exempt })).toBe('http://plain.proxy:3128');
  });

  test.each([
    ['http://10.1.2.3', '10.1.2.3', true],
    ['http://10.1.2.3', '10.0.0.0/8', true],
    ['http://10.1.2.3:9000', '10.1.2.3:9000', true],
    ['http://10.1.2.3', '10.1.2.3:9000', false],
    ['http://11.1.2.3', '10.0.0.0/8', false],
    ['http://10.1.2.3', '10.0.0.0/33', false],
    ['http://10.1.2.3', '10.0.0.0/x', false],
    ['http://10.1.2.3', 'fd00::/8', false],
    ['http://[fd00::7]', 'fd00::/8', true],
    ['http://[fd00::7]', 'fd00::7', true],
    ['http://[fd00::7]:9000', '[fd00::7]:9000', true],
    ['http://[fe00::7]', 'fd00::/8', false],
  ])('of %s by address: %s, %s', (url, exempt, isDirect) => {
    expect(choose(url, { ...BOTH, exempt })).toBe(isDirect ? undefined : 'http://plain.proxy:3128');
  });
});
