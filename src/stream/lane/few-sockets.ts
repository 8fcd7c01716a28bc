import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

interface Used {
  /** Of a counter that grows with every use. */
  last: number;
  /** When something was sent or came last, ms. */
  atMs: number;
  /** Something was sent since the last answer. */
  awaits: boolean;
}

/**
 * Sockets of which at most so many are open: another takes the place of the one that nobody has used for the longest time.
 * Its owner is told that it has ended, and opens it anew when needed. A platform's own bound would fail the newest, or let it
 * wait for ever.
 *
 * @param now of a clock that is never set, ms
 */
export function fewSockets(most: number, now = () => performance.now()): ISocketFactory {
  const open = new Map<Socket, Used>();
  let uses = 0;
  /** Since when there is no room for one more, ms. */
  let refusedMs = Number.NEGATIVE_INFINITY;
  const makeRoom = () => {
    while (open.size >= most) {
      const nowMs = now();
      const waitedMs = nowMs - refusedMs;
      if (waitedMs > FORGOTTEN_MS) refusedMs = nowMs;
      const restMs = waitedMs >= HURRY_MS && waitedMs <= FORGOTTEN_MS ? 0 : REST_MS;
      const idle = [...open].filter(([, { awaits, atMs }]) => !awaits && nowMs - atMs >= restMs);
      const [oldest] = idle.sort(([, a], [, b]) => a.last - b.last);
      if (oldest === undefined) throw new Error(`all ${most} connections are in use`);
      refusedMs = Number.NEGATIVE_INFINITY;
      open.delete(oldest[0]);
      oldest[0].emit('end');
      oldest[0].destroy();
    }
  };
  return ({ host, port, ssl, onConnect }) => {
    makeRoom();
    const socket = ssl
      ? connectTls({ host, port, ...serverName(host), ...(ssl as ConnectionOptions) }, onConnect)
      : connectTcp({ host, port }, onConnect);
    const used: Used = { last: ++uses, atMs: now(), awaits: true };
    open.set(socket, used);
    const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
    socket.write = (...args: unknown[]) => {
      used.last = ++uses;
      used.atMs = now();
      used.awaits = true;
      return write(...args);
    };
    const end = socket.end.bind(socket) as (...args: unknown[]) => Socket;
    socket.end = (...args: unknown[]) => {
      // While it is not connected it may stay open for minutes.
      used.awaits = false;
      used.atMs = Number.NEGATIVE_INFINITY;
      return end(...args);
    };
    socket.on('data', () => {
      used.atMs = now();
      used.awaits = false;
    });
    for (const event of ['end', 'error', 'close']) socket.on(event, () => open.delete(socket));
    return socket;
  };
}

/** For whom the certificate must be; addresses have no name. */
const serverName = (host: string) => (isIP(host) === 0 ? { servername: host } : {});

/** The first answer says nothing of the other requests that are under way. */
const REST_MS = 100;
/** Who has been refused for so long comes before them: with more brokers than sockets none would ever rest under load. */
const HURRY_MS = 1_000;
/** Who was refused so long ago does not ask any more. */
const FORGOTTEN_MS = 10_000;
