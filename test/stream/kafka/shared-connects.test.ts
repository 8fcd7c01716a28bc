import { createRequire } from 'node:module';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  connect,
  connectionClass,
  shareConnects,
} from '../../../src/stream/kafka/shared-connects.ts';

const require = createRequire(import.meta.url);
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const logger = { ...quiet, namespace: () => logger };
let server: Server;
let sockets: Socket[];
beforeEach(async () => {
  // Other tests of the same worker may have shared them.
  connectionClass.prototype.connect = connect;
  sockets = [];
  server = createServer((socket) => socket.on('error', () => {}).resume());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  connectionClass.prototype.connect = connect;
  for (const socket of sockets) socket.destroy();
  server.close();
});

function connection() {
  const { port } = server.address() as { port: number };
  const create = require('kafkajs/src/network/socketFactory')();
  const socketFactory = (options: object) => {
    const socket: Socket = create(options);
    sockets.push(socket);
    return socket;
  };
  const timeouts = { connectionTimeout: 1_000, requestTimeout: 1_000 };
  return new connectionClass({ host: '127.0.0.1', port, logger, socketFactory, ...timeouts });
}

async function connectAtOnce(count: number): Promise<() => Promise<unknown>> {
  const one = connection();
  await Promise.all(Array.from({ length: count }, () => one.connect()));
  return () => one.disconnect();
}

test('kafkajs itself opens a socket for each of those that connect at once', async () => {
  await connectAtOnce(3);
  expect(sockets).toHaveLength(3);
});

test('those that connect at once share one socket', async () => {
  shareConnects();
  const disconnect = await connectAtOnce(3);
  expect(sockets).toHaveLength(1);
  await disconnect();
});

test('one that has failed is tried anew', async () => {
  shareConnects();
  const one = connection();
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  await expect(one.connect()).rejects.toThrow('ECONNREFUSED');
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await one.connect();
  expect(sockets).toHaveLength(2);
  await one.disconnect();
});
