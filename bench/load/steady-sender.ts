import { Agent, request } from 'node:http';
import { meshOf, outageAt } from './mesh.ts';
import { EVENTS_A_POST, type SoakBody, soakBodies } from './soak-bodies.ts';

/** What this process is asked for, as JSON in its first argument. */
export interface SteadyJob {
  url: string;
  services: number;
  dependencies: number;
  /** Events a second. */
  rate: number;
  connections: number;
  ms: number;
  reportEveryMs: number;
}

/** What it says when it begins, every so often, and when every post was answered. */
export interface SteadyReport {
  at: 'start' | 'work' | 'end';
  /** Events in bodies answered 2xx since the report before. */
  events: number;
  /** Answers other than 2xx by status, lost ones by error code; and posts that were never made, being too far behind. */
  others: Record<string, number>;
  /** ms from when a post was due until its answer, so that waiting for a free connection counts. Answered 2xx only. */
  latencies: number[];
  cpuSeconds: number;
}

/** Posts due but not answered that are let wait; beyond it the server is not slow but stuck. */
const MOST_WAITING = 2_000;
/** Records were made so long before they are sent: the longest request had ended. */
const AGE_MS = 200;

// Whoever would read the reports is gone.
process.on('disconnect', () => process.exit(1));

class SteadySender {
  readonly #job: SteadyJob;
  readonly #agent: Agent;
  readonly #bodies: readonly SoakBody[];
  readonly #free: Buffer[] = [];
  #waiting = 0;
  #report = newReport();

  constructor(job: SteadyJob) {
    this.#job = job;
    this.#agent = new Agent({ keepAlive: true, maxSockets: job.connections });
    this.#bodies = soakBodies(meshOf(job.services, job.dependencies));
  }

  /** An open loop: a post is made when it is due, whatever became of those before it. */
  async run(): Promise<void> {
    const { rate, ms, reportEveryMs } = this.#job;
    const everyMs = (1_000 * EVENTS_A_POST) / rate;
    this.#tell('start');
    const start = performance.now();
    const reporting = setInterval(() => this.#tell('work'), reportEveryMs);
    for (let post = 0; post * everyMs < ms; ) {
      const now = performance.now() - start;
      for (; post * everyMs <= now && post * everyMs < ms; post++) {
        this.#post(post, start + post * everyMs);
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    clearInterval(reporting);
    while (this.#waiting > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    this.#tell('end');
    this.#agent.destroy();
    process.disconnect();
  }

  #post(number: number, due: number): void {
    if (this.#waiting >= MOST_WAITING) {
      this.#other('not made');
      return;
    }
    this.#waiting++;
    const ms = Date.now() - AGE_MS;
    const body = this.#bodies[number % this.#bodies.length]!;
    const template = outageAt(ms) ? body.outage : body.well;
    const buffer = this.#buffer(template.length);
    const bytes = template.fill(buffer, number, ms);
    let isDone = false;
    const done = (other: string | null) => {
      if (isDone) return;
      isDone = true;
      this.#waiting--;
      this.#free.push(buffer);
      if (other !== null) {
        this.#other(other);
        return;
      }
      this.#report.events += EVENTS_A_POST;
      this.#report.latencies.push(Math.round(100 * (performance.now() - due)) / 100);
    };
    const lost = (error: NodeJS.ErrnoException) => done(error.code ?? error.message);
    const headers = { 'content-type': 'application/x-protobuf', 'content-length': bytes.length };
    const options = { method: 'POST', agent: this.#agent, headers };
    const sent = request(`${this.#job.url}/v1/logs`, options, (response) => {
      const { statusCode = 0 } = response;
      const isGood = statusCode >= 200 && statusCode < 300;
      response.on('end', () => done(isGood ? null : String(statusCode)));
      response.on('error', lost).resume();
    });
    sent.on('error', lost);
    sent.end(bytes);
  }

  #other(what: string): void {
    const { others } = this.#report;
    others[what] = (others[what] ?? 0) + 1;
  }

  #tell(at: SteadyReport['at']): void {
    const { user, system } = process.cpuUsage();
    const cpuSeconds = (user + system) / 1e6;
    process.send?.({ ...this.#report, at, cpuSeconds } satisfies SteadyReport);
    this.#report = newReport();
  }

  #buffer(length: number): Buffer {
    const free = this.#free.pop();
    return free !== undefined && free.length >= length ? free : Buffer.alloc(2 * length);
  }
}

function newReport(): Omit<SteadyReport, 'at' | 'cpuSeconds'> {
  return { events: 0, others: {}, latencies: [] };
}

if (import.meta.main) await new SteadySender(JSON.parse(process.argv[2]!) as SteadyJob).run();
