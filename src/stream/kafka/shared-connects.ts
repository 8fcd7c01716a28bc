import original from 'kafkajs/src/network/connection.js';

interface Connection {
  connect(): Promise<unknown>;
}

/** The class of kafkajs that has one socket; it is not exported. */
export const connectionClass = original as unknown as {
  new (options: object): Connection & { disconnect(): Promise<unknown> };
  prototype: Connection;
};
/** As kafkajs has it. */
export const { connect } = connectionClass.prototype;
const connecting = new WeakMap<Connection, Promise<unknown>>();

/**
 * Of several requests that find their connection closed, each opens a socket in kafkajs 2.2.4, and the last one's is used.
 * The others keep the process alive until the broker closes them, which kafkajs takes for the end of the one in use.
 */
export function shareConnects(): void {
  connectionClass.prototype.connect = function (this: Connection): Promise<unknown> {
    const before = connecting.get(this);
    if (before !== undefined) return before;
    const connected = connect.call(this).finally(() => connecting.delete(this));
    connecting.set(this, connected);
    return connected;
  };
}
