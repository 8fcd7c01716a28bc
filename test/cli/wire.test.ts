import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startMeshpulse } from '../../src/cli/wire.ts';
import { loadConfig } from '../../src/config/load.ts';
import { StreamUnusable } from '../../src/stream/errors.ts';
import { SqliteStream } from '../../src/stream/sqlite/sqlite-stream.ts';
import { noLog } from '../../src/telemetry/log.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';

test('every process says from its start which version and roles it has, and where the page is', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'meshpulse-wire-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const all = loadConfig({ flags: { port: '0', data: folder }, env: {}, cwd: '/' });
  const running = await startMeshpulse(
    { ...all, roles: ['aggregate', 'receive'] },
    { clock: Date.now, log: noLog, metrics: new Metrics(), version: '0.1.0', onFailed: () => {} },
  );
  onTestFinished(() => running.stop());
  const at = async (path: string) => (await fetch(running.url + path)).text();
  expect(await at('/metrics')).toContain(
    'meshpulse_build_info{version="0.1.0",roles="aggregate,receive"} 1\n',
  );
  expect(await at('/')).toContain('the page and the API are where the role api runs');
});

test('views that cannot read any more end the process, as every other role does', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'meshpulse-wire-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const stream = await SqliteStream.open({ folder, clock: Date.now, log: noLog });
  const value = new Uint8Array(500);
  await stream.append(
    Array.from({ length: 4000 }, (_, i) => ({
      topic: 'state' as const,
      partition: 0,
      key: String(i),
      value,
    })),
  );
  await stream.close();
  const path = join(folder, 'stream.db');
  const file = openSync(path, 'r+');
  const third = Math.floor(statSync(path).size / 3);
  writeSync(file, new Uint8Array(third), 0, third, third);
  closeSync(file);

  const all = loadConfig({ flags: { port: '0', data: folder }, env: {}, cwd: '/' });
  const config = { ...all, roles: ['api' as const] };
  const onFailed = vi.fn();
  const running = await startMeshpulse(config, {
    clock: Date.now,
    log: noLog,
    metrics: new Metrics(),
    version: '0.1.0',
    onFailed,
  });
  onTestFinished(() => running.stop());
  await expect.poll(() => onFailed.mock.calls.length, { timeout: 10_000 }).toBeGreaterThan(0);
  expect(onFailed.mock.calls[0]![0]).toBeInstanceOf(StreamUnusable);
});
