import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { fewSockets } from '../../../src/stream/lane/few-sockets.ts';
import { Random } from '../../random.ts';
import { until } from '../until.ts';

const MOST = 5;

/** Answers each piece of bytes with the same bytes, unless it is to be silent. */
class EchoServer {
  readonly sockets = new Set<Socket>();
  silent = false;
  accepted = 0;
  port = 0;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((socket) => {
      this.accepted++;
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket)).on('error', () => {});
      socket.on('data', (bytes: Buffer) => {
        if (!this.silent) socket.write(bytes);
      });
    });
  }

  async listen(): Promise<this> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.#server.close();
  }
}

let nowMs = 0;
const clock = () => nowMs;

let servers: EchoServer[] = [];
const opened: Socket[] = [];
afterEach(() => {
  for (const socket of opened.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

async function started(count: number): Promise<EchoServer[]> {
  servers = await Promise.all(Array.from({ length: count }, () => new EchoServer().listen()));
  return servers;
}

type Factory = ReturnType<typeof fewSockets>;

function open(factory: Factory, { port }: EchoServer): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = factory({
      host: '127.0.0.1',
      port,
      ssl: undefined as never,
      onConnect: () => resolve(socket),
    }) as Socket;
    opened.push(socket);
    socket.on('error', reject);
  });
}

async function ask(socket: Socket, text = 'ping'): Promise<string> {
  const answer = once(socket, 'data') as Promise<[Buffer]>;
  socket.write(text);
  return String((await answer)[0]);
}

const ended = (socket: Socket) => once(socket, 'end');

test('one more than may be open takes the place of the one that nobody has used for longest', async () => {
  const factory = fewSockets(MOST, clock);
  const all = await started(6);
  const sockets: Socket[] = [];
  for (const server of all.slice(0, MOST)) {
    const socket = await open(factory, server);
    await ask(socket);
    sockets.push(socket);
  }
  await ask(sockets[0]!, 'again');
  nowMs += 100;
  const hasEnded = ended(sockets[1]!);
  expect(await ask(await open(factory, all[5]!), 'the sixth')).toBe('the sixth');
  await hasEnded;
  for (const at of [0, 2, 3, 4]) expect(await ask(sockets[at]!)).toBe('ping');
  await until('it is gone', () => all[1]!.sockets.size === 0);
});

test('none that waits for an answer is closed: one more is refused while all do', async () => {
  const factory = fewSockets(MOST, clock);
  const all = await started(6);
  const sockets = await Promise.all(all.slice(0, MOST).map((server) => open(factory, server)));
  for (const socket of sockets) await ask(socket);
  for (const server of all) server.silent = true;
  for (const socket of sockets) socket.write('a question');
  await expect(open(factory, all[5]!)).rejects.toThrow('all 5 connections are in use');
  expect(all[5]!.accepted).toBe(0);
  all[3]!.silent = false;
  const hasEnded = ended(sockets[3]!);
  await ask(sockets[3]!);
  nowMs += 100;
  all[5]!.silent = false;
  expect(await ask(await open(factory, all[5]!))).toBe('ping');
  await hasEnded;
});

test('one that was just used may have more under way: it is closed only when it has rested', async () => {
  const factory = fewSockets(2, clock);
  const all = await started(3);
  const [first, second] = await Promise.all(all.slice(0, 2).map((server) => open(factory, server)));
  await ask(first!);
  nowMs += 60;
  await ask(second!);
  nowMs += 39;
  await expect(open(factory, all[2]!)).rejects.toThrow('all 2 connections are in use');
  const hasEnded = ended(first!);
  nowMs += 1;
  expect(await ask(await open(factory, all[2]!))).toBe('ping');
  await hasEnded;
  expect(await ask(second!)).toBe('ping');
});

test('where none ever rests, one that asks again and again gets the place of another after a second', async () => {
  const factory = fewSockets(1, clock);
  const [busy, other] = (await started(2)) as [EchoServer, EchoServer];
  const socket = await open(factory, busy);
  const refused = () => expect(open(factory, other)).rejects.toThrow('all 1 connections');
  await ask(socket);
  await refused();
  // It asks no more; much later somebody else does.
  nowMs += 60_000;
  await ask(socket);
  for (let turn = 0; turn < 10; turn++) {
    await refused();
    nowMs += 99;
    await ask(socket);
  }
  await refused();
  nowMs += 10;
  await ask(socket);
  const hasEnded = ended(socket);
  expect(await ask(await open(factory, other))).toBe('ping');
  await hasEnded;
  expect(other.accepted).toBe(1);
});

test('one that is refused, ended by its server or given up by its owner leaves its place', async () => {
  const factory = fewSockets(1, clock);
  const [server, gone] = (await started(2)) as [EchoServer, EchoServer];
  gone.close();
  await expect(open(factory, gone)).rejects.toThrow('ECONNREFUSED');
  const first = await open(factory, server);
  for (const socket of server.sockets) socket.end();
  await ended(first);
  const second = await open(factory, server);
  server.silent = true;
  // It waits for an answer that its owner does not want any more.
  second.write('a question');
  second.end();
  server.silent = false;
  expect(await ask(await open(factory, server))).toBe('ping');
});

test('whatever eight servers are asked, in whatever order, no more than five have a connection', async () => {
  const factory = fewSockets(MOST, clock);
  const all = await started(8);
  const random = new Random(8);
  const connections = new Map<EchoServer, Socket>();
  let most = 0;
  for (let turn = 0; turn < 300; turn++) {
    nowMs += 100;
    const server = random.pick(all);
    let socket = connections.get(server);
    if (socket === undefined) {
      socket = await open(factory, server);
      connections.set(server, socket);
      socket.on('end', () => connections.delete(server));
    }
    expect(await ask(socket, `${turn}`)).toBe(`${turn}`);
    expect(connections.size).toBeLessThanOrEqual(MOST);
    most = Math.max(most, connections.size);
  }
  expect(most).toBe(MOST);
  await until('servers have seen the ends', () => {
    return all.reduce((sum, { sockets }) => sum + sockets.size, 0) === connections.size;
  });
  expect(all.every(({ accepted }) => accepted > 1)).toBe(true);
});
