import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../stream/until.ts';
import { describePart } from './parts.ts';

const root = join(import.meta.dirname, '../..');
/** On a machine that does much else; on a quiet one it takes well under a minute. */
const WITHIN_MS = 180_000;

describePart('kafka', 'the demo on Kafka, as a viewer runs it', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'meshpulse-kafka-demo-'));
  });
  const endings: (() => void)[] = [];
  afterEach(() => {
    for (const end of endings.splice(0)) end();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  /** In a group of its own, as a terminal would start it. */
  function startDemo(...flags: string[]) {
    const { PATH } = process.env;
    const env = { PATH, HOME: folder, TMPDIR: folder, npm_config_update_notifier: 'false' };
    const args = ['run', 'demo', '--', '--kafka', ...flags];
    const child = spawn('npm', args, { cwd: root, env, detached: true });
    let said = '';
    for (const output of [child.stdout, child.stderr]) {
      output.setEncoding('utf8').on('data', (part: string) => {
        said += part;
      });
    }
    const ended = once(child, 'close');
    const running = () => child.exitCode === null && child.signalCode === null;
    endings.push(() => {
      if (running()) process.kill(-child.pid!, 'SIGTERM');
    });
    return {
      said: () => said,
      ended: async () => ((await ended) as [number | null])[0],
      says: (text: string) =>
        until(
          `it says: ${text}`,
          () => {
            if (!running()) throw new Error(`it ended, having said: ${said}`);
            return said.includes(text);
          },
          WITHIN_MS,
        ),
      async ctrlC() {
        process.kill(-child.pid!, 'SIGINT');
        await ended;
      },
    };
  }

  test(
    'shows a trip and its alert, loses nothing with a killed process, and leaves nothing behind',
    async () => {
      const demo = startDemo('--stay');
      await demo.says('Your turn.');
      const said = demo.said();
      expect(said).toMatch(/ratings .* CB=OPEN/);
      expect(said).toMatch(/pid \d+, is killed with -9[\s\S]* goes on where the killed one was/);
      expect(said).toMatch(/records were acknowledged, .*: none lost, none twice/);
      expect(said.match(/Breaker (open|closed): ratings\.bookshop/g)).toEqual([
        'Breaker open: ratings.bookshop',
        'Breaker closed: ratings.bookshop',
      ]);
      const [, page] = /the page is at (http:\S+)\//.exec(said) ?? [];
      expect(await movesOfRatings(page!)).toEqual(['OPEN', 'HALF_OPEN', 'CLOSED']);
      expect(readdirSync(folder)).toContainEqual(expect.stringMatching(/^meshpulse-demo-/));

      await demo.ctrlC();
      const pids = [...said.matchAll(/pid (\d+)/g)].map(([, pid]) => Number(pid));
      expect(new Set(pids).size).toBe(6);
      await until('all processes are gone', () => pids.every(isGone), 20_000);
      await until('the folder is gone', () => demos(folder).length === 0);
    },
    WITHIN_MS,
  );

  test(
    'ends with status 1 when the port is taken that it was told, and leaves nothing behind',
    async () => {
      const other = createServer();
      endings.push(() => other.close());
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      const { port } = other.address() as AddressInfo;
      const demo = startDemo('--port', `${port}`);
      expect(await demo.ended()).toBe(1);
      expect(demo.said()).toContain(`127.0.0.1:${port} is in use by another program`);
      expect(demos(folder)).toEqual([]);
      expect(processesIn(folder)).toEqual([]);
    },
    WITHIN_MS,
  );
});

/** Pids; Linux only. */
function processesIn(folder: string): string[] {
  if (!existsSync('/proc/self/cwd')) return [];
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
    } catch {
      // Gone, or another user's.
      return false;
    }
  });
}

async function movesOfRatings(page: string): Promise<string[]> {
  const key = encodeURIComponent('inferred:*:ratings.bookshop:*');
  const answer = await fetch(`${page}/api/v1/breakers/${key}/transitions`);
  const { transitions } = (await answer.json()) as { transitions: { to: string }[] };
  return transitions.map(({ to }) => to);
}

function demos(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('meshpulse-demo-'));
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}
