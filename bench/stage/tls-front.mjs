// TLS in front of a server without: decrypts what comes in, encrypts what goes out in records of 16 kB, the largest.
// usage: node tls-front.mjs PORT UPSTREAM_PORT CERTIFICATE KEY
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { pipeline } from 'node:stream';
import { createServer } from 'node:tls';

const [port, upstreamPort, certificate, key] = process.argv.slice(2);
const LOOPBACK = '127.0.0.1';
// What servers prefer where the processor has AES instructions; OpenSSL alone would take the 256 bit one.
const CIPHER = { minVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256' };

const server = createServer(
  { cert: readFileSync(certificate), key: readFileSync(key), ...CIPHER, noDelay: true },
  (secure) => {
    const plain = connect({ port: Number(upstreamPort), host: LOOPBACK, noDelay: true });
    // An end or an error on one side ends the other; a client that goes away is no fault.
    pipeline(secure, plain, () => plain.destroy());
    pipeline(plain, secure, () => secure.destroy());
  },
);
server.on('tlsClientError', () => undefined);
server.listen(Number(port), LOOPBACK);
