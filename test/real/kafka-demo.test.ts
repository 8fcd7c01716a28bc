import { type AddressInfo, createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { until } from '../stream/until.ts';
import { DEMO_WITHIN_MS, isGone, movesOfRatings, RunningDemo } from './demo.ts';
import { describePart } from './parts.ts';

describePart('kafka', 'the demo on Kafka, as a viewer runs it', () => {
  const endings: (() => void)[] = [];
  afterEach(() => {
    for (const end of endings.splice(0)) end();
  });

  function startDemo(...flags: string[]): RunningDemo {
    const demo = new RunningDemo('--kafka', ...flags);
    endings.push(() => demo.remove());
    return demo;
  }

  test(
    'shows a trip and its alert, loses nothing with a killed process, and leaves nothing behind',
    async () => {
      const demo = startDemo('--stay');
      await demo.says('Your turn.');
      const { said } = demo;
      expect(said).toMatch(/ratings .* CB=OPEN/);
      expect(said).toMatch(/pid \d+, is killed with -9[\s\S]* goes on where the killed one was/);
      expect(said).toMatch(/records were acknowledged, .*: none lost, none twice/);
      expect(said.match(/Breaker (open|closed): ratings\.bookshop/g)).toEqual([
        'Breaker open: ratings.bookshop',
        'Breaker closed: ratings.bookshop',
      ]);
      expect(await movesOfRatings(said)).toEqual(['OPEN', 'HALF_OPEN', 'CLOSED']);
      expect(demo.folders()).toHaveLength(1);

      await demo.ctrlC();
      const pids = demo.pids();
      expect(pids).toHaveLength(6);
      await until('all processes are gone', () => pids.every(isGone), 20_000);
      await until('the folder is gone', () => demo.folders().length === 0);
    },
    DEMO_WITHIN_MS,
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
      expect(demo.said).toContain(`127.0.0.1:${port} is in use by another program`);
      expect(demo.folders()).toEqual([]);
      expect(demo.processes()).toEqual([]);
    },
    DEMO_WITHIN_MS,
  );
});
