import { Agent, request } from 'node:http';
import { SHAPES, type ShapeName } from './payloads.ts';

/** What a sender process is asked for, as JSON in its first argument. */
export interface Job {
  url: string;
  shape: ShapeName;
  connections: number;
  /** Number of the first post: no two jobs on one server may share numbers. */
  firstPost: number;
  /** Ends after so many posts or so many ms, whichever is first. */
  posts: number;
  ms: number;
}

/** What it prints, as JSON. Latencies in ms. */
export interface Report {
  posts: number;
  events: number;
  bytes: number;
  ms: number;
  p50: number;
  p99: number;
}

if (import.meta.main) {
  const job = JSON.parse(process.argv[2]!) as Job;
  console.log(JSON.stringify(await run(job)));
}

async function run({ url, shape, connections, firstPost, posts, ms }: Job): Promise<Report> {
  const { path, type, events, template } = SHAPES[shape];
  const body = template();
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const latencies: number[] = [];
  const start = performance.now();
  let next = firstPost;
  const post = (bytes: Buffer) =>
    new Promise<void>((resolve, reject) => {
      const headers = { 'content-type': type, 'content-length': bytes.length };
      const sent = request(`${url}${path}`, { method: 'POST', agent, headers }, (response) => {
        response.resume().on('end', () => {
          const { statusCode = 0 } = response;
          if (statusCode >= 200 && statusCode < 300) resolve();
          else reject(new Error(`${path} answered ${statusCode}`));
        });
      });
      sent.on('error', reject).end(bytes);
    });
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const buffer = Buffer.alloc(body.length);
      while (next < firstPost + posts && performance.now() - start < ms) {
        // Old enough for the longest of the requests to have ended.
        const bytes = body.fill(buffer, next++, Date.now() - 1_000);
        const began = performance.now();
        await post(bytes);
        latencies.push(performance.now() - began);
      }
    }),
  );
  agent.destroy();
  const spent = performance.now() - start;
  latencies.sort((a, b) => a - b);
  const rank = (quantile: number) => latencies[Math.ceil(quantile * latencies.length) - 1] ?? 0;
  const done = latencies.length;
  return {
    posts: done,
    events: done * events,
    bytes: body.length,
    ms: spent,
    p50: rank(0.5),
    p99: rank(0.99),
  };
}
