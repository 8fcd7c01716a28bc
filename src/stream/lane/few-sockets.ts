import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

interface Used {
  /** Of a counter that grows with every use. */
  last: number;
  /** Something was sent since the last answer. */
  awaits: boolean;
}

/**
 * Sockets of which at most so many are open: another takes the place of the one that nobody has used for the longest time.
 * Its owner is told that it has ended, and opens it anew when needed. A platform's own bound would fail the newest, or let it
 * wait for ever.
 */
export function fewSockets(most: number): ISocketFactory {
  const open = new Map<Socket, Used>();
  let uses = 0;
  const makeRoom = () => {
    while (open.size >= most) {
      const idle = [...open].filter(([, { awaits }]) => !awaits);
      const [oldest] = idle.sort(([, a], [, b]) => a.last - b.last);
      if (oldest === undefined) throw new Error(`all ${most} connections are in use`);
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
    const used: Used = { last: ++uses, awaits: true };
    open.set(socket, used);
    const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
    socket.write = (...args: unknown[]) => {
      used.last = ++uses;
      used.awaits = true;
      return write(...args);
    };
    const end = socket.end.bind(socket) as (...args: unknown[]) => Socket;
    socket.end = (...args: unknown[]) => {
      // While it is not connected it may stay open for minutes.
      used.awaits = false;
      return end(...args);
    };
    socket.on('data', () => {
      used.awaits = false;
    });
    for (const event of ['end', 'error', 'close']) socket.on(event, () => open.delete(socket));
    return socket;
  };
}

/** For whom the certificate must be; addresses have no name. */
const serverName = (host: string) => (isIP(host) === 0 ? { servername: host } : {});
