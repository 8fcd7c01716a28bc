import { PassThrough, Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createLogger, type Level } from '../../src/telemetry/logger.ts';
import { lineWriter } from '../../src/telemetry/stderr.ts';

const NOW = Date.UTC(2026, 10, 5, 12, 0, 1, 5);

function capture(level: Level = 'debug', format: 'json' | 'human' = 'json', colors = false) {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  return { lines, log: createLogger({ level, format, write, clock: () => NOW, colors }) };
}

describe('JSON lines', () => {
  test('carry time, level, event and the facts beside them', () => {
    const { lines, log } = capture();
    log.info('listening', { port: 4320, host: '::1', open: true, none: null });
    expect(lines).toEqual([
      '{"time":"2026-11-05T12:00:01.005Z","level":"info","event":"listening","port":4320,"host":"::1","open":true,"none":null}\n',
    ]);
  });

  test('leave out what is below the level', () => {
    const { lines, log } = capture('warn');
    log.debug('a');
    log.info('b');
    log.warn('c');
    log.error('d');
    expect(lines.map((line) => JSON.parse(line).event)).toEqual(['c', 'd']);
  });

  test('do not let a fact pose as the event', () => {
    const { lines, log } = capture();
    log.warn('real', { event: 'forged', level: 'error', time: 'never' });
    expect(JSON.parse(lines[0]!)).toMatchObject({
      event: 'real',
      level: 'warn',
      fact_event: 'forged',
      fact_level: 'error',
    });
  });

  test('take anything without throwing, and keep it small', () => {
    const { lines, log } = capture();
    const ring: Record<string, unknown> = { name: 'ring' };
    ring.self = ring;
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    log.error('odd', {
      ring,
      failure: new TypeError('no', { cause }),
      big: 12n,
      bytes: new Uint8Array(7),
      nan: Number.NaN,
      run: () => 1,
      map: new Map([['a', 1]]),
      set: new Set([1]),
      date: new Date(Number.NaN),
      long: 'x'.repeat(1_000_000),
      many: Array.from({ length: 100_000 }, (_, index) => index),
      get thrower() {
        throw new Error('getter');
      },
    });
    const said = JSON.parse(lines[0]!);
    expect(said).toMatchObject({
      failure: {
        name: 'TypeError',
        message: 'no',
        cause: { message: 'refused', code: 'ECONNREFUSED' },
      },
      big: '12',
      bytes: '7 bytes',
      nan: 'NaN',
      run: 'function',
      map: { a: 1 },
      set: [1],
      date: 'no date',
      thrower: '(unreadable)',
    });
    expect(lines[0]!.length).toBeLessThan(5000);
  });
});

describe('the human format', () => {
  test('is one readable line', () => {
    const { lines, log } = capture('debug', 'human');
    log.warn('body refused', { provider: 'edge', reason: 'too large', bytes: 12 });
    expect(lines).toEqual([
      '12:00:01.005 WARN  body refused provider=edge reason="too large" bytes=12\n',
    ]);
  });

  test('cannot be forged or driven by what it prints', () => {
    const { lines, log } = capture('debug', 'human');
    log.info('a\nb', { agent: 'x\n12:00:01.005 ERROR forged\u001b[2J\u009b31m\u202e' });
    expect(lines[0]).not.toMatch(/[\p{C}](?!$)/u);
    expect(lines[0]!.split('\n')).toHaveLength(2);
  });

  test('has colours only where asked', () => {
    const { lines, log } = capture('debug', 'human', true);
    log.error('x');
    expect(lines[0]).toContain('\u001b[31m');
  });
});

describe('writing lines', () => {
  test('drops and counts what a stuck reader leaves behind', () => {
    const release: (() => void)[] = [];
    const taken: string[] = [];
    const stuck = new Writable({
      write(chunk, _encoding, done) {
        taken.push(String(chunk));
        release.push(done);
      },
    });
    const write = lineWriter(stuck);
    const line = `${'x'.repeat(1000)}\n`;
    for (let index = 0; index < 5000; index++) write(line);
    expect(stuck.writableLength).toBeLessThan(1024 ** 2 + 2000);
    for (let done = release.shift(); done !== undefined; done = release.shift()) done();
    return expect
      .poll(() => {
        for (let done = release.shift(); done !== undefined; done = release.shift()) done();
        return stuck.writableLength;
      })
      .toBe(0)
      .then(async () => {
        write('after\n');
        await expect
          .poll(() => {
            for (let done = release.shift(); done !== undefined; done = release.shift()) done();
            return taken.at(-1);
          })
          .toBe('after\n');
        const said = JSON.parse(taken.at(-2)!);
        expect(said.event).toBe('log_lines_dropped');
        expect(said.lines + taken.length - 2).toBe(5000);
      });
  });

  test('survives a reader that goes away', async () => {
    const gone = new PassThrough();
    const write = lineWriter(gone);
    gone.destroy(new Error('EPIPE'));
    await new Promise((resolve) => gone.once('close', resolve));
    expect(() => write('x\n')).not.toThrow();
  });
});
