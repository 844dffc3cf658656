// Greets a door that speaks HTTP/2 with Node's tls, and prints what came of it.

import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { parseArgs } from 'node:util';

const PATIENCE = 15_000;
const PREFACE = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])]);
const SETTINGS = 4;

const text = { type: 'string' };
const { values: flags } = parseArgs({
  allowPositionals: true,
  options: {
    address: text,
    namespace: text,
    'server-name': text,
    'server-ca': text,
    cert: text,
    key: text,
    'max-version': text,
    alpn: text,
  },
});
const file = (name) => (flags[name] ? readFileSync(flags[name]) : undefined);

const [host, port] = flags.address.split(':');
process.on('uncaughtException', (error) => finish(`${error.code}: ${error.message}`));
const protocol = flags.alpn ?? 'h2';
const socket = connect({
  host,
  port: Number(port),
  servername: flags['server-name'],
  ca: file('server-ca'),
  cert: file('cert'),
  key: file('key'),
  ALPNProtocols: protocol === 'none' ? undefined : [protocol],
  maxVersion: flags['max-version'] && `TLSv${flags['max-version']}`,
  timeout: PATIENCE,
});
let head = Buffer.alloc(0);
socket.on('secureConnect', () => socket.write(PREFACE));
socket.on('data', (chunk) => {
  head = Buffer.concat([head, chunk]);
  if (head.length >= 9) {
    finish(head[3] === SETTINGS ? undefined : `a frame of type ${head[3]} instead of SETTINGS`);
  }
});
socket.on('error', (error) => finish(`${error.code}: ${error.message}`));
socket.on('close', () => finish('closed without a greeting'));
socket.on('timeout', () => finish(`nothing came of it in ${PATIENCE} ms`));

function finish(refusal) {
  const answer = refusal === undefined ? { result: 'ok' } : { result: 'refused', text: refusal };
  process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit(0));
}
