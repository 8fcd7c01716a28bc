import { describe, expect, test } from 'vitest';
import { RecordTooLarge, StreamUnusable } from '../../../src/stream/errors.ts';
import { allTexts, record } from '../contract/under-test.ts';
import { openedSink } from './opened-sink.ts';
import { type Call, fail } from './rest-server.ts';

/** Reports as the API would, but the one of each record with such a value as an error. */
const except =
  (errors: Record<string, object>) =>
  async ({ records, write, answer }: Call) => {
    const reports: object[] = [];
    for (const one of records) {
      const error = errors[Buffer.from(one.value!).toString()];
      reports.push(error ?? (await write([one]))[0]!);
    }
    answer(reports);
  };
/** Both versions' names for its text, so that one test does for both. */
const error = (code: number, text: string) => ({ error_code: code, message: text, error: text });
const RETRIABLE = error(50_003, 'This server is not the leader for that topic-partition.');
const outcome = (append: Promise<unknown>) => append.then(String, (reason: unknown) => reason);

describe.each(['v3', 'v2'] as const)('over %s', (version) => {
  test('only the record that failed is sent again, before what came later', async () => {
    const { rest, sink, timing } = await openedSink({ version });
    const late: Promise<unknown>[] = [];
    rest.next.push((call) => {
      late.push(sink.append([record('d')]));
      return except({ b: RETRIABLE })(call);
    });
    const positions = await sink.append([record('a'), record('b'), record('c')]);
    await Promise.all(late);
    expect(rest.posts).toEqual([
      ['a', 'b', 'c'],
      ['b', 'd'],
    ]);
    expect(positions.map(({ offset }) => offset)).toEqual([0, 2, 1]);
    expect(timing.slept).toEqual([50]);
    expect(await allTexts(rest.stream)).toEqual(['a', 'c', 'b', 'd']);
  });

  test('what keeps failing is given up in time, with less and less haste', async () => {
    const { rest, sink, timing } = await openedSink({ version }, { appendForMs: 2_000 });
    rest.next.push(...Array.from({ length: 9 }, () => except({ a: RETRIABLE })));
    await expect(sink.append([record('a')])).rejects.toMatchObject({
      name: 'StreamUnavailable',
      inDoubt: true,
      message: expect.stringContaining('t.requests cannot be written: error 50003: This server'),
    });
    expect(timing.slept).toEqual([50, 100, 200, 400, 800]);
    rest.next.length = 0;
    timing.time += 1_000;
    await sink.append([record('b')]);
    rest.next.push(except({ c: RETRIABLE }));
    await sink.append([record('c')]);
    expect(timing.slept.slice(5)).toEqual([50]);
  });

  test('a record too large for Kafka costs only the call it is in', async () => {
    const { rest, sink } = await openedSink({ version });
    const text = 'The message is 9 bytes when serialized which is larger than 8, max.request.size.';
    rest.next.push(except({ large: error(50_002, text) }));
    const appends = [[record('a')], [record('large'), record('b')], [record('c')]];
    const [a, large, c] = await Promise.all(appends.map((one) => outcome(sink.append(one))));
    expect(large).toBeInstanceOf(RecordTooLarge);
    expect((large as Error).message).toContain('The message is 9 bytes');
    expect([a, c]).not.toContainEqual(expect.any(Error));
    expect(rest.posts).toHaveLength(1);
  });

  test('a request that is too large is sent in parts from then on, a record that is alone is refused', async () => {
    const { rest, sink } = await openedSink({ version });
    const tooLarge = ({ response }: Call) => fail(response, 413, 413, 'Payload Too Large');
    rest.next.push(tooLarge, tooLarge);
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    await sink.append(names.map((name) => record(name)));
    await sink.append(names.map((name) => record(name)));
    expect(rest.posts.map(({ length }) => length)).toEqual([8, 4, 2, 2, 2, 2, 2, 2, 2, 2]);
    expect(await allTexts(rest.stream)).toEqual([...names, ...names]);
    rest.next.push(tooLarge);
    await expect(sink.append([record('alone')])).rejects.toThrow(RecordTooLarge);
  });

  test('a request has no more bytes than it may, and only one is under way', async () => {
    const { rest, sink } = await openedSink({ version }, { maxRequestBytes: 4_000 });
    const value = 'x'.repeat(1_000);
    const calls = Array.from({ length: 10 }, () => sink.append([record(value), record('y')]));
    await Promise.all(calls);
    for (const { headers } of rest.requests) {
      expect(Number(headers['content-length'] ?? 0)).toBeLessThan(4_000);
    }
    expect(rest.posts.length).toBeGreaterThan(4);
    expect(Math.max(...rest.posts.map((values) => values.join('').length))).toBeLessThan(3_000);
    expect(rest.most.get('requests')).toBe(1);
    expect(await allTexts(rest.stream)).toEqual(calls.flatMap(() => [value, 'y']));
  });

  test('topics do not wait for each other', async () => {
    const { rest, sink } = await openedSink({ version });
    const held = Promise.withResolvers<void>();
    rest.next.push(async (call) => {
      await held.promise;
      call.answer(await call.write(call.records));
    });
    const first = sink.append([record('a')]);
    while (rest.posts.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await sink.append([record('b', { topic: 'dead-letters' })]);
    held.resolve();
    await first;
    expect(rest.posts).toEqual([['a'], ['b']]);
  });

  test('being asked to wait is obeyed, and says that nothing was written', async () => {
    const { rest, sink, timing } = await openedSink({ version }, { appendForMs: 5_000 });
    const busy = (seconds: number) => (call: Call) => {
      call.response.setHeader('retry-after', `${seconds}`);
      fail(call.response, 429, 42_901, 'Too many requests');
    };
    rest.next.push(busy(3));
    await sink.append([record('a')]);
    expect(timing.slept).toEqual([3_000]);

    rest.next.push(busy(60));
    const refused = { name: 'StreamUnavailable', inDoubt: false };
    await expect(sink.append([record('b')])).rejects.toMatchObject(refused);
    await expect(sink.append([record('c')])).rejects.toMatchObject(refused);
    expect(rest.posts).toEqual([['a'], ['a'], ['b']]);
    timing.time += 56_000;
    await sink.append([record('d')]);
    expect(await allTexts(rest.stream)).toEqual(['a', 'd']);
  });

  test('what is not answered in time is sent again, and may be there twice', async () => {
    const { rest, sink } = await openedSink({ version }, { requestMs: 1_000 });
    rest.next.push(({ records, write }) => write(records));
    await sink.append([record('a')]);
    expect(await allTexts(rest.stream)).toEqual(['a', 'a']);
  });

  test('a server that never answers makes the stream unavailable, in doubt', async () => {
    const options = { requestMs: 300, appendForMs: 120 };
    const { rest, sink } = await openedSink({ version }, options);
    rest.next.push(...Array.from({ length: 4 }, () => () => {}));
    await expect(sink.append([record('a')])).rejects.toMatchObject({
      name: 'StreamUnavailable',
      inDoubt: true,
      message: expect.stringContaining('no answer within 300 ms'),
    });
  });

  test('a server that is not there has written nothing', async () => {
    const { rest, sink } = await openedSink({ version });
    await rest.stop();
    await expect(sink.append([record('a')])).rejects.toMatchObject({
      name: 'StreamUnavailable',
      inDoubt: false,
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('an answer that is not JSON is no acknowledgement', async () => {
    const { rest, sink } = await openedSink({ version });
    rest.next.push(
      ({ response }) => response.end('<html>Welcome to the hotel</html>'),
      ({ response }) => response.end('{"offsets": 5'),
      ({ response }) => response.end(' '.repeat(17 * 1024 * 1024)),
    );
    await sink.append([record('a')]);
    expect(rest.posts).toEqual([['a'], ['a'], ['a'], ['a']]);
  });

  test.each([
    ['a wrong password', 401, 40_101],
    ['a topic that it may not write', 403, 40_301],
    ['a topic that is not there', 404, 40_403],
    ['a redirect', 307, 307],
    ['a request that it does not understand', 400, 400],
  ])(
    '%s is not tried again, is in the log once, and is over when it is',
    async (_, status, code) => {
      const { rest, sink, timing, log } = await openedSink({ version });
      const refuse = ({ response }: Call) => {
        response.setHeader('location', rest.url);
        fail(response, status, code, 'not like that');
      };
      rest.next.push(refuse, refuse, refuse);
      for (const name of ['a', 'b', 'c']) {
        const refused = await outcome(sink.append([record(name)]));
        expect(refused).toMatchObject({
          name: 'StreamUnavailable',
          inDoubt: false,
          cause: expect.any(StreamUnusable),
          message: `t.requests cannot be written over REST: HTTP status ${status}: not like that`,
        });
      }
      expect(log).toEqual(['kafka_rest_unusable']);
      await sink.append([record('d')]);
      expect(log).toEqual(['kafka_rest_unusable', 'kafka_rest_usable']);
      expect(timing.slept).toEqual([]);
      expect(rest.posts).toEqual([['a'], ['b'], ['c'], ['d']]);
    },
  );

  test('who it is goes along', async () => {
    const auth = { username: 'Käfer', password: 'a:ß' };
    const { rest, sink } = await openedSink({ version, auth });
    await expect(sink.append([record('a')])).rejects.toThrow('HTTP status 401: unknown key');
    const { url } = rest;
    const api =
      version === 'v3'
        ? { url: `${url}/`, version: { name: 'v3', cluster: 'cluster 1' } as const, auth }
        : { url: `${url}/`, version: { name: 'v2' } as const, auth };
    const known = await openedSink({ version }, { api });
    await known.sink.append([record('a')]);
    expect(await allTexts(rest.stream)).toEqual(['a']);
  });

  test('with another number of partitions than the topic has nothing is written', async () => {
    const server = { version, partitions: 3 };
    const { rest, sink, log } = await openedSink(server, { partitionsOf: () => 4 });
    const refused = await outcome(sink.append([record('a')]));
    expect(refused).toMatchObject({
      name: 'StreamUnavailable',
      inDoubt: false,
      cause: expect.any(StreamUnusable),
      message: expect.stringContaining('t.requests has 3 partitions; it is set up to have 4'),
    });
    expect(rest.posts).toEqual([]);
    expect(log).toEqual(['kafka_rest_unusable']);
  });

  test('how many partitions there are is asked once, and who does not say is believed', async () => {
    const { rest, sink } = await openedSink({ version });
    const asked = () => rest.requests.filter(({ method }) => method === 'GET').length;
    rest.describe = (response) => fail(response, 503, 50_302, 'not now');
    await sink.append([record('a')]);
    rest.describe = (response) => fail(response, 403, 40_301, 'not you');
    for (const name of ['b', 'c', 'd']) await sink.append([record(name)]);
    expect(asked()).toBe(2);
    expect(await allTexts(rest.stream)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('nothing is written before it is known how many there are, unless nobody can say', async () => {
    const options = { requestMs: 300, appendForMs: 4_000 };
    const { rest, sink, timing } = await openedSink({ version }, options);
    const { describe } = rest;
    rest.describe = (response) => {
      response.setHeader('retry-after', '2');
      fail(response, 429, 42_901, 'Too many requests');
      rest.describe = () => {};
    };
    await expect(sink.append([record('a')])).rejects.toMatchObject({ inDoubt: false });
    expect(rest.posts).toEqual([]);
    expect(timing.slept[0]).toBe(2_000);
    rest.describe = describe;
    timing.time += 1_000;
    await sink.append([record('b')]);
    expect(rest.posts).toEqual([['b']]);
  });

  test('connections are kept', async () => {
    const { rest, sink } = await openedSink({ version });
    for (let i = 0; i < 20; i++) await sink.append([record('a')]);
    // The second when the first is not yet known to be free again.
    expect(rest.connections).toBeLessThanOrEqual(2);
  });

  test('a call that was written in part is in doubt', async () => {
    const { rest, sink } = await openedSink({ version });
    rest.next.push(except({ b: error(40_301, 'not you') }));
    const refused = await outcome(sink.append([record('a'), record('b')]));
    expect(refused).toMatchObject({ name: 'StreamUnavailable', inDoubt: true });

    rest.next.push(({ response }) => fail(response, 403, 40_301, 'not you'));
    const topics = [record('c', { topic: 'state' }), record('d', { topic: 'alerts' })];
    const half = await outcome(sink.append(topics));
    expect(half).toMatchObject({ name: 'StreamUnavailable', inDoubt: true });
  });
});

test('v3: what was reported before the connection broke is not sent again', async () => {
  const { rest, sink } = await openedSink({ version: 'v3' });
  rest.next.push(async ({ records, write, response }) => {
    const reports = (await write(records)).map((report) => JSON.stringify(report));
    response.write(reports.slice(0, 2).join('') + reports[2]!.slice(0, 9), () =>
      response.destroy(),
    );
  });
  const positions = await sink.append(['a', 'b', 'c', 'd'].map((name) => record(name)));
  expect(rest.posts).toEqual([
    ['a', 'b', 'c', 'd'],
    ['c', 'd'],
  ]);
  expect(positions.map(({ offset }) => offset)).toEqual([0, 1, 4, 5]);
});

test('v2: a connection that breaks in the answer leaves all of it in doubt', async () => {
  const { rest, sink } = await openedSink({ version: 'v2' }, { appendForMs: 40 });
  rest.next.push(async ({ records, write, response }) => {
    const offsets = JSON.stringify({ offsets: await write(records) });
    response.write(offsets.slice(0, -2), () => response.destroy());
  });
  const broken = await outcome(sink.append([record('a')]));
  expect(broken).toMatchObject({ name: 'StreamUnavailable', inDoubt: true });
});

test('fewer reports than records acknowledge only the records that they are of', async () => {
  const v3 = await openedSink({ version: 'v3' });
  const v2 = await openedSink({ version: 'v2' });
  const some = async ({ records, write, answer }: Call) =>
    answer((await write(records)).slice(0, 2));
  for (const { rest, sink } of [v3, v2]) {
    rest.next.push(some);
    await sink.append([record('a'), record('b'), record('c')]);
  }
  expect(v3.rest.posts).toEqual([['a', 'b', 'c'], ['c']]);
  // Which two is not said.
  expect(v2.rest.posts).toEqual([
    ['a', 'b', 'c'],
    ['a', 'b', 'c'],
  ]);
});

test('v3: a proxy that writes to other partitions than it is told is not used', async () => {
  const { rest, sink } = await openedSink({ version: 'v3', partitions: 2 });
  rest.next.push(async ({ records, write, answer }) =>
    answer(await write(records.map((one) => ({ ...one, partition: 1 })))),
  );
  await expect(sink.append([record('a')])).rejects.toThrow(
    'what was for partition 0 was written to 1',
  );
});

test('v2: Karapace’s status of the whole does not hide what was written', async () => {
  const { rest, sink } = await openedSink({ version: 'v2' });
  rest.next.push(async ({ records, write, answer }) => {
    const [a] = await write(records.slice(0, 1));
    answer([a!, { error_code: 1, error: 'timed out waiting to publish message' }], 422);
  });
  await sink.append([record('a'), record('b')]);
  expect(rest.posts).toEqual([['a', 'b'], ['b']]);
});
