import { expect, test } from 'vitest';
import { outage } from '../../../../src/cli/demo/kafka/outage.ts';

function scene(acknowledgedAway: number) {
  const happened: string[] = [];
  let acknowledged = 100;
  const stopping = new AbortController();
  const broker = {
    pid: 7,
    kill: async () => void happened.push('killed'),
    startAgain: async () => {
      happened.push('started');
      broker.pid = 8;
    },
  };
  const timers = {
    sleep: async () => {
      happened.push('away');
      acknowledged += acknowledgedAway;
    },
  };
  const told = {
    say: (text: string) => void happened.push(text.trim()),
    acknowledged: () => acknowledged,
    signal: stopping.signal,
  };
  return { happened, stopping, run: () => outage(broker, told, timers) };
}

test('an outage tells what was acknowledged while no broker ran, and that one runs again', async () => {
  const { happened, run } = scene(42);
  await run();
  expect(happened).toEqual([
    'killed',
    expect.stringContaining('Kafka, pid 7, is killed'),
    'away',
    expect.stringContaining('with 42 records acknowledged'),
    'started',
    expect.stringContaining('Pid 8 is Kafka now'),
  ]);
});

test('an outage in which nothing was acknowledged has shown nothing, and fails', async () => {
  await expect(scene(0).run()).rejects.toThrow('nothing was acknowledged');
});

test('an outage that is interrupted starts no broker', async () => {
  const { happened, stopping, run } = scene(1);
  stopping.abort();
  await run();
  expect(happened).not.toContain('started');
});
