// Connects with Temporal's TypeScript SDK, describes a namespace or completes a workflow, and prints what came of it.

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { Client, Connection } from '@temporalio/client';

const text = { type: 'string' };
const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    address: text,
    namespace: text,
    'server-name': text,
    'server-ca': text,
    cert: text,
    key: text,
    'api-key-file': text,
    authority: text,
    describe: text,
    'max-version': text,
    alpn: text,
  },
});
const [mode] = positionals;
// Before a workflow runs, a bundler packs it.
const PATIENCE = mode === 'workflow' ? 45_000 : 15_000;
const file = (name) => (flags[name] ? readFileSync(flags[name]) : undefined);

async function attempt() {
  if (flags.alpn) {
    return { result: 'unsupported', text: 'the SDK has no setting for the protocols that it offers' };
  }
  if (flags['max-version']) {
    // Node's own setting, as its option --tls-max-v1.2: the SDK has none.
    tls.DEFAULT_MAX_VERSION = `TLSv${flags['max-version']}`;
  }
  await use();
  return { result: 'ok' };
}

async function use() {
  const settings = {
    serverNameOverride: flags['server-name'],
    serverRootCACertificate: file('server-ca'),
    clientCertPair: flags.cert ? { crt: file('cert'), key: file('key') } : undefined,
  };
  const apiKey = file('api-key-file')?.toString().trim();
  if (mode === 'workflow') {
    return await completeWorkflow({ address: flags.address, tls: settings, apiKey });
  }
  // The SDK's channel argument for it is taken from serverNameOverride, whatever else is given.
  const addressed = (options, next) => next({ ...options, host: flags.authority });
  const interceptors = flags.authority ? [addressed] : [];
  const connection = await Connection.connect({ address: flags.address, tls: settings, apiKey, interceptors });
  const namespace = flags.describe ?? flags.namespace;
  const described = await connection.workflowService.describeNamespace({ namespace });
  if (described.namespaceInfo?.name !== namespace) {
    throw new Error(`${described.namespaceInfo?.name} was described instead of ${namespace}`);
  }
  await connection.close();
}

async function completeWorkflow(options) {
  // Workers bring a native library and a bundler, which a client does without.
  const { DefaultLogger, NativeConnection, Runtime, Worker } = await import('@temporalio/worker');
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const { namespace } = flags;
  const taskQueue = `node-${randomUUID()}`;
  const workflowsPath = fileURLToPath(new URL('workflow.mjs', import.meta.url));
  const connection = await NativeConnection.connect(options);
  const worker = await Worker.create({ connection, namespace, taskQueue, workflowsPath });
  const client = new Client({ connection: await Connection.connect(options), namespace });
  const run = { taskQueue, workflowId: taskQueue, args: ['gate'] };
  const greeting = await worker.runUntil(client.workflow.execute('greeting', run));
  if (greeting !== 'hello, gate') {
    throw new Error(`the workflow came to ${greeting}`);
  }
}

function withCauses(error) {
  const own = error.message ?? String(error);
  return error.cause ? `${own}; ${withCauses(error.cause)}` : own;
}

function finish(answer) {
  process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit(0));
}

setTimeout(() => finish({ result: 'refused', text: `nothing came of it in ${PATIENCE} ms` }), PATIENCE);
attempt().then(
  finish,
  (error) => finish({ result: 'refused', text: withCauses(error) }),
);
