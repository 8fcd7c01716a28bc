import { type Agent, request } from 'node:http';

export interface Posting {
  agent: Agent;
  port: number;
  path: string;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
  /** The sender hangs up so long after the whole body has left, ms; null: it waits. */
  hangUpAfterMs: number | null;
  /** Told when the first byte is about to leave. */
  onSending: () => void;
}

/** What the sender knows afterwards. */
export type Outcome =
  /** 2xx. */
  | { kind: 'acknowledged' }
  /** It was never connected: nothing arrived. */
  | { kind: 'unsent' }
  /** The connection ended before an answer: it may have been taken. */
  | { kind: 'in_doubt'; why: string }
  | { kind: 'refused'; status: number };

const PATIENCE_MS = 20_000;

/** Never rejects. The status alone is the answer: 2xx was said, whatever becomes of the rest. */
export function post(posting: Posting): Promise<Outcome> {
  const { agent, port, path, headers, body, hangUpAfterMs, onSending } = posting;
  return new Promise((resolve) => {
    const sending = request({ host: '127.0.0.1', port, path, method: 'POST', agent, headers });
    sending.setTimeout(PATIENCE_MS, () => sending.destroy(new Error('no answer in time')));
    sending.on('response', (response) => {
      response.on('error', () => {});
      response.resume();
      const status = response.statusCode ?? 0;
      const ok = status >= 200 && status < 300;
      resolve(ok ? { kind: 'acknowledged' } : { kind: 'refused', status });
    });
    sending.on('error', (error: NodeJS.ErrnoException) => {
      const never = error.code === 'ECONNREFUSED';
      resolve(never ? { kind: 'unsent' } : { kind: 'in_doubt', why: error.code ?? error.message });
    });
    if (hangUpAfterMs !== null) {
      const hangUp = () => sending.destroy(new Error('hung up'));
      sending.on('finish', () => setTimeout(hangUp, hangUpAfterMs));
    }
    onSending();
    sending.setHeader('content-length', body.length);
    sending.end(body);
  });
}
