import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { nodeListener } from '../../src/cli/http/listener.ts';
import type { Doors } from '../../src/receive/doors.ts';
import { doorsSuite } from './doors.suite.ts';
import { type DoorsSetup, type Listening, openDoors } from './harness.ts';
import { istioLine } from './payloads.ts';

const inProcess = async (app: Hono): Promise<Listening> => ({
  fetch: async (path, init) => app.fetch(new Request(`http://localhost${path}`, init)),
  close: async () => {},
});

type Socket = Listening & { port: number };

const throughHono = (app: Hono) => listening(getRequestListener(app.fetch));
/** As `meshpulse serve` listens. */
const throughNode = (app: Hono, doors: Doors) =>
  listening(nodeListener(doors, getRequestListener(app.fetch)));

async function listening(listener: RequestListener): Promise<Socket> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    fetch: (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

describe('in process', () => doorsSuite(inProcess));
describe('over a socket, through Hono', () => doorsSuite(throughHono));
describe('over a socket, straight from node:http', () => doorsSuite(throughNode));

describe.each([
  ['through Hono', throughHono],
  ['straight from node:http', throughNode],
])('what only a socket shows, %s', (_, listen) => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  async function open(setup?: DoorsSetup) {
    let port = 0;
    const doors = await openDoors(async (app, all) => {
      const listening = await listen(app, all);
      port = listening.port;
      return listening;
    }, setup);
    closing.push(doors.close);
    return { doors, port };
  }

  /** Sends the text as it is; resolves with everything that came back once the other side ends or `until` is in it. */
  function talk(port: number, sent: string, until?: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let received = '';
      const socket = connect(port, '127.0.0.1', () => socket.write(sent));
      socket.on('data', (chunk) => {
        received += chunk;
        if (until !== undefined && received.includes(until)) socket.destroy();
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(received));
    });
  }

  test('a declared length over the limit is answered before a byte of the body', async () => {
    const { port } = await open();
    const head = 'POST /v1/access-logs HTTP/1.1\r\nhost: x\r\ncontent-length: 104857600\r\n\r\n';
    expect(await talk(port, head, '\r\n\r\n')).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('a sender that goes away in mid-body costs nothing and is counted', async () => {
    const { doors, port } = await open();
    const line = istioLine();
    for (const framing of [
      `content-length: 10000\r\n\r\n${line}\n`,
      `transfer-encoding: chunked\r\n\r\n${(line.length + 1).toString(16)}\r\n${line}\n\r\n`,
    ]) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      socket.write(`POST /v1/access-logs HTTP/1.1\r\nhost: x\r\n${framing}`, () =>
        socket.destroy(),
      );
    }
    const counted = 'refused_total{code="incomplete_body",input="access_logs"} 2';
    await vi.waitFor(() => expect(doors.exposition()).toContain(counted), { timeout: 10_000 });
    expect(await doors.parts()).toEqual([]);
  });

  test('TRACE, which no Web Request can carry, is answered with 405', async () => {
    const { port } = await open();
    const request = 'TRACE /api/v2/spans HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';
    expect(await talk(port, request)).toMatch(/^HTTP\/1\.1 405 /);
  });

  test('the 202 of Zipkin and the 200 of OTLP have no body', async () => {
    const { port } = await open();
    for (const [path, type, status] of [
      ['/api/v2/spans', 'application/json', 202],
      ['/v1/logs', 'application/x-protobuf', 200],
    ]) {
      const head = `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: ${type}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`;
      const answer = await talk(port, head);
      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(answer).toMatch(/\r\ncontent-length: 0\r\n/i);
      expect(answer.endsWith('\r\n\r\n')).toBe(true);
    }
  });

  test('bombs leave the memory flat', async () => {
    const { doors } = await open();
    const { gzipSync } = await import('node:zlib');
    // A gigabyte of zeros in one megabyte of members.
    const member = gzipSync(new Uint8Array(1024 * 1024));
    const bomb = Buffer.concat(Array.from({ length: 1024 }, () => member));
    const headers = { 'content-encoding': 'gzip' };
    const before = process.resourceUsage().maxRSS;
    for (let n = 0; n < 5; n++) {
      const response = await doors.fetch('/v1/access-logs', {
        method: 'POST',
        headers,
        body: bomb,
      });
      expect(response.status).toBe(413);
      await response.arrayBuffer();
    }
    // In KiB: far under the gigabyte, far over the 32 MiB that one body may inflate to.
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(400 * 1024);
  });
});
