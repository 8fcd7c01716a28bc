import { afterEach, expect, test } from 'vitest';
import { until } from '../stream/until.ts';
import { DEMO_WITHIN_MS, isGone, movesOfRatings, RunningDemo } from './demo.ts';
import { describePart } from './parts.ts';

describePart('kafka', 'the demo through a local Worker, as a viewer runs it', () => {
  let demo: RunningDemo | null = null;
  afterEach(() => {
    demo?.remove();
    demo = null;
  });

  test(
    'shows a trip and its alert, loses nothing while Kafka is away, and leaves nothing behind',
    async () => {
      demo = new RunningDemo('--edge', '--stay');
      await demo.says('Your turn.');
      const { said } = demo;
      expect(said).toMatch(/worker {2}pid \d+ {2}http:\S+ {2}instead of the receive process/);
      expect(said).not.toMatch(/receive {2}pid/);
      expect(said).toMatch(/pid \d+, is killed with -9[\s\S]* goes on where the killed one was/);
      const [, away] = /with (\d+) records acknowledged, Kafka is started again/.exec(said) ?? [];
      expect(Number(away)).toBeGreaterThan(0);
      expect(said).toMatch(/records were acknowledged, .*: none lost, none twice/);
      expect(said.match(/Breaker (open|closed): ratings\.bookshop/g)).toEqual([
        'Breaker open: ratings.bookshop',
        'Breaker closed: ratings.bookshop',
      ]);
      expect(await movesOfRatings(said)).toEqual(['OPEN', 'HALF_OPEN', 'CLOSED']);

      await demo.ctrlC();
      // Kafka twice, the aggregate process twice, the Worker, api and notify.
      const pids = demo.pids();
      expect(pids).toHaveLength(7);
      await until('all processes are gone', () => pids.every(isGone), 20_000);
      await until('the folder is gone', () => demo?.folders().length === 0);
      expect(demo.processes()).toEqual([]);
    },
    DEMO_WITHIN_MS,
  );
});
