import type { Random } from '../random.ts';
import { type Hop, outboundLine, secondOf, shipped } from './bookshop.ts';
import { type Account, newAccount, type Post, sumOfBins } from './client.ts';

/** A body, what its records are on their own, and why the server must refuse it, as `code/input`; null: it must not. */
export interface Batch {
  post: Post;
  records: Kind[];
  refused: string | null;
}

/** What one record is; `id` tells copies apart from originals, null where copies are not known one by one. */
type Kind = {
  bin: Exclude<keyof Account, 'received' | 'reasons' | 'duplicate'>;
  id: string | null;
};

/** Bodies of one provider, good and bad, in a random order that depends on the seed alone. */
export function batchesOf(random: Random, provider: string, nowMs: number, count: number): Batch[] {
  const lines = new Lines(random, nowMs);
  const sent: Batch[] = [];
  for (let i = 0; i < count; i++) {
    const again = sent.length > 0 && random.next() < 0.15;
    const batch = again ? random.pick(sent) : newBatch(random, provider, lines);
    sent.push(batch);
  }
  return sent;
}

function newBatch(random: Random, provider: string, lines: Lines): Batch {
  const kind = random.next();
  if (kind < 0.15) return refused(random, provider, lines);
  if (kind < 0.35) return spans(random, provider, lines);
  return logs(random, provider, lines);
}

/** Lines as a shipper sends them: some new, some that it has sent before. */
function logs(random: Random, provider: string, lines: Lines): Batch {
  const picked = Array.from({ length: 1 + random.integer(40) }, () => lines.next());
  const body = picked.map(({ text }) => text).join('\n');
  const seen = new Map<string, number>();
  const records = picked.map(({ text, bin }): Kind => {
    // The second of two equal lines in one body is another request.
    const ordinal = seen.get(text) ?? 0;
    seen.set(text, ordinal + 1);
    return { bin, id: bin === 'dead_lettered' ? null : `${text} ${ordinal}` };
  });
  const post = { provider, path: '/v1/access-logs', type: 'text/plain', body };
  return { post, records, refused: null };
}

function spans(random: Random, provider: string, lines: Lines): Batch {
  const records: Kind[] = [];
  const list = Array.from({ length: 1 + random.integer(20) }, () => {
    const { startMs, durationMs, code, destination, id } = lines.hop();
    const kind = random.pick(['SERVER', 'SERVER', 'SERVER', 'CLIENT', undefined]);
    const late = random.next() < 0.1;
    const server = kind === 'SERVER';
    // What is no request is excluded whenever it was.
    records.push({ bin: server ? (late ? 'late' : 'counted') : 'excluded', id });
    return {
      traceId: id,
      id: id.slice(16),
      ...(kind && { kind }),
      timestamp: (startMs - (late ? LATE_MS : 0)) * 1000,
      duration: durationMs * 1000,
      localEndpoint: { serviceName: destination },
      tags: { 'http.status_code': String(code) },
    };
  });
  const post = {
    provider,
    path: '/api/v2/spans',
    type: 'application/json',
    body: JSON.stringify(list),
  };
  return { post, records, refused: null };
}

/** Good lines that must leave no trace, because the request as a whole is no good. */
function refused(random: Random, provider: string, lines: Lines): Batch {
  const good = { path: '/v1/access-logs', type: 'text/plain', body: lines.good() };
  const span = { traceId: 'a'.repeat(32), id: 'b'.repeat(16), kind: 'SERVER' };
  const [code, input, post] = random.pick<[string, string, Post]>([
    ['unauthenticated', 'access_logs', { ...good, provider: 'nobody' }],
    ['insufficient_scope', 'access_logs', { ...good, provider: 'reader' }],
    ['bad_gzip', 'access_logs', { ...good, provider, headers: { 'content-encoding': 'gzip' } }],
    [
      'unsupported_encoding',
      'access_logs',
      { ...good, provider, headers: { 'content-encoding': 'br' } },
    ],
    [
      'unsupported_media_type',
      'access_logs',
      { ...good, provider, type: 'application/x-protobuf' },
    ],
    [
      'too_many_records',
      'access_logs',
      { ...good, provider, body: `${lines.good()}\n`.repeat(MAX_RECORDS + 1) },
    ],
    [
      'unreadable_body',
      'otlp_logs',
      { ...good, provider, path: '/v1/logs', type: 'application/json' },
    ],
    [
      'unreadable_body',
      'zipkin_spans',
      {
        provider,
        path: '/api/v2/spans',
        type: 'application/json',
        body: JSON.stringify([span, { ...span, id: 'no hex' }]),
      },
    ],
  ]);
  return { post, records: [], refused: `${code}/${input}` };
}

/** What the server of these tests takes in one request. */
export const MAX_RECORDS = 200;
/** Well behind the horizon. */
const LATE_MS = 20 * 60_000;

class Lines {
  readonly #random: Random;
  readonly #nowMs: number;
  readonly #sent: { text: string; bin: Kind['bin'] }[] = [];

  constructor(random: Random, nowMs: number) {
    this.#random = random;
    this.#nowMs = nowMs;
  }

  /** A request of the last minute. */
  hop(): Hop {
    const secondMs = this.#nowMs - 1_000 * (1 + this.#random.integer(60));
    return secondOf(this.#random, secondMs, 0.05, 1)[0]!;
  }

  good(): string {
    return outboundLine(this.hop());
  }

  next(): { text: string; bin: Kind['bin'] } {
    const random = this.#random;
    if (this.#sent.length > 0 && random.next() < 0.1) return random.pick(this.#sent);
    const line = this.#new(this.hop());
    this.#sent.push(line);
    return line;
  }

  #new(hop: Hop): { text: string; bin: Kind['bin'] } {
    const kind = this.#random.next();
    const line = outboundLine(hop);
    if (kind < 0.5) return { text: line, bin: 'counted' };
    if (kind < 0.7) return { text: shipped([hop]), bin: 'counted' };
    if (kind < 0.78)
      return { text: outboundLine({ ...hop, startMs: hop.startMs - LATE_MS }), bin: 'late' };
    if (kind < 0.86) return { text: line.replace(/ (200|500) - /, ' 0 DC '), bin: 'excluded' };
    const broken = this.#random.pick([
      line.slice(0, line.length / 2),
      line.replace(/^\[[^\]]*\]/, '[yesterday]'),
      line.replace(/ (200|500) - /, ' 2x0 - '),
      line.replace('Go-http-client', 'a" "b'),
      '{"log": 1e1e1}',
      '{"level":"info","msg":"started"}',
      `what is this ${hop.id}`,
    ]);
    return { text: broken, bin: 'dead_lettered' };
  }
}

/** Where the records of a provider must end, by input: from the batches it got 2xx for, copies included. */
export function accountsOf(batches: readonly Batch[]): Map<string, Account> {
  const accounts = new Map<string, Account>();
  const bodies = new Set<string>();
  const ids = new Set<string>();
  for (const { post, records, refused } of batches) {
    if (refused !== null) continue;
    const input = post.path === '/v1/access-logs' ? 'access_logs' : 'zipkin_spans';
    const account = accounts.get(input) ?? newAccount();
    accounts.set(input, account);
    const repeated = bodies.has(post.body as string);
    bodies.add(post.body as string);
    for (const { bin, id } of records) {
      // The first that fits: dead-lettered, late, duplicate, excluded, counted.
      const again = repeated || (id !== null && ids.has(id));
      const decided = bin === 'dead_lettered' || bin === 'late' || !again;
      account[decided ? bin : 'duplicate'] += 1;
      if (id !== null && bin !== 'late') ids.add(id);
    }
    account.received = sumOfBins(account);
  }
  return accounts;
}
