import { afterEach, describe, expect, it, test } from 'vitest';
import { PermanentError, RetryableError } from '../../../src/model/errors.ts';
import { InDoubtError, ReceiverGone } from '../../../src/notify/port.ts';
import { slackWebhook } from '../../../src/notify/slack/webhook.ts';
import { firing } from '../alerts.ts';
import { ManualTime } from '../manual-time.ts';
import { answer, type Handler, SlackStandIn } from './stand-in.ts';

const time = new ManualTime();
let slack: SlackStandIn | undefined;

afterEach(async () => {
  await slack?.close();
  slack = undefined;
});

/** Sends one message to a stand-in that answers so. */
async function send(handlers: Handler[], signal = new AbortController().signal): Promise<unknown> {
  slack = new SlackStandIn(handlers);
  const url = await slack.listen();
  const receiver = slackWebhook({ name: 'slack', url, clock: time.clock, timers: time });
  const error = await receiver
    .send({ alerts: [firing()], publicUrl: null }, signal)
    .then(() => 'taken')
    .catch((thrown) => thrown);
  expect(time.sleeping).toBe(0);
  return error;
}

it('posts the message as JSON and takes "ok" for taken', async () => {
  expect(await send([])).toBe('taken');
  expect(slack?.requests[0]).toMatchObject({ method: 'POST', url: '/services/T0/B0/very-secret' });
  expect(slack?.requests[0]?.headers['content-type']).toMatch(/^application\/json/);
  expect(JSON.parse(slack?.bodies[0] ?? '')).toMatchObject({
    text: expect.stringContaining('ratings.default'),
    blocks: expect.arrayContaining([expect.objectContaining({ type: 'header' })]),
  });
});

describe('answers', () => {
  const reset: Handler = (request) => request.socket.destroy();
  const resetInBody: Handler = (request, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('o');
    response.once('drain', () => {});
    setImmediate(() => request.socket.destroy());
  };
  test.each<[string, Handler, new (...args: never[]) => Error]>([
    ['200 with another text', answer(200, '{"ok":false}'), PermanentError],
    ['200 without a body', answer(200, ''), PermanentError],
    ['204', answer(204, ''), PermanentError],
    ['302', answer(302, '', { location: 'http://127.0.0.1:9/' }), PermanentError],
    ['401', answer(401, 'who'), PermanentError],
    ['413', answer(413, 'large'), PermanentError],
    ['403', answer(403, 'action_prohibited'), ReceiverGone],
    ['404', answer(404, 'no_service'), ReceiverGone],
    ['410', answer(410, 'channel_is_archived'), ReceiverGone],
    ['408', answer(408, ''), InDoubtError],
    ['500', answer(500, 'rollup_error'), InDoubtError],
    ['503', answer(503, ''), InDoubtError],
    ['a reset', reset, InDoubtError],
    ['a reset within the body', resetInBody, InDoubtError],
  ])('%s', async (_, handler, kind) => {
    const error = (await send([handler])) as Error;
    expect(error.constructor).toBe(kind);
    expect(slack?.bodies).toHaveLength(1);
    expect(JSON.stringify([error.message, error.cause, error.stack])).not.toContain('very-secret');
  });

  test.each([
    ['seconds', { 'retry-after': '7' }, '', 7],
    ['a date', { 'retry-after': new Date(time.now + 90_000).toUTCString() }, '', 90],
    ['the body', {}, '{"retry_after":3,"ok":false,"error":"rate_limited"}', 3],
    ['nothing', {}, 'rate_limited', null],
    ['nonsense', { 'retry-after': '-5 soon' }, '', null],
  ])('429 with the wait in %s', async (_, headers, body, seconds) => {
    const error = (await send([answer(429, body, headers)])) as RetryableError;
    expect(error.constructor).toBe(RetryableError);
    expect(error.retryAfterSeconds).toBe(seconds);
  });

  it('says what came, cut and printable', async () => {
    const error = (await send([answer(418, `\u001b[31m${'x'.repeat(5_000)}`)])) as Error;
    expect(error.message).toMatch(
      /^Slack answered 418 "\uFFFD\[31mx+"; only 200 "ok" means taken$/,
    );
    expect(error.message.length).toBeLessThan(200);
  });
});

it('reads no more of an endless answer than it needs', async () => {
  const endless: Handler = (_, response) => {
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(10_000)));
    };
    response.writeHead(500).on('drain', more);
    more();
  };
  const error = (await send([endless])) as Error;
  expect(error.message).toMatch(/^Slack answered 500 "x+"$/);
});

describe('400', () => {
  it('is tried once more as plain text', async () => {
    expect(await send([answer(400, 'invalid_blocks')])).toBe('taken');
    const [first, second] = (slack?.bodies ?? []).map((body) => JSON.parse(body));
    expect(Object.keys(second)).toEqual(['text']);
    expect(second.text).toBe(first.text);
  });

  it('twice is permanent', async () => {
    const error = await send([answer(400, 'invalid_payload'), answer(400, 'no_text')]);
    expect(error).toBeInstanceOf(PermanentError);
    expect(error).not.toBeInstanceOf(ReceiverGone);
    expect((error as Error).message).toContain('no_text');
    expect(slack?.bodies).toHaveLength(2);
  });

  it('then a limit is retried with the whole message', async () => {
    const error = await send([answer(400, 'invalid_blocks'), answer(429, '')]);
    expect(error).toBeInstanceOf(RetryableError);
  });
});

describe('no answer', () => {
  it('is given up after ten seconds', async () => {
    const hang: Handler = () => void time.advance(10_000);
    const error = await send([hang]);
    expect(error).toBeInstanceOf(InDoubtError);
    expect((error as Error).message).toBe('no answer from Slack in 10000 ms');
  });

  it('is given up when the body never ends', async () => {
    const drip: Handler = (_, response) => {
      response.writeHead(200).write('o');
      void time.advance(10_000);
    };
    expect(await send([drip])).toBeInstanceOf(InDoubtError);
  });

  it('is not waited for once stopped', async () => {
    const stop = new AbortController();
    const error = await send([() => stop.abort()], stop.signal);
    expect(error).toBeInstanceOf(InDoubtError);
  });

  it('from a closed port is surely not taken', async () => {
    const closed = new SlackStandIn([]);
    const url = await closed.listen();
    await closed.close();
    const receiver = slackWebhook({ name: 'slack', url, clock: time.clock, timers: time });
    const sent = receiver.send(
      { alerts: [firing()], publicUrl: null },
      new AbortController().signal,
    );
    const error: Error = await sent.then(() => new Error('taken')).catch((thrown) => thrown);
    expect(error.constructor).toBe(RetryableError);
    expect(error.message).toBe('Slack could not be reached: ECONNREFUSED');
    expect(error.cause).toBeUndefined();
  });
});

test.each([
  ['not a url with very-secret', 'is not a URL'],
  ['http://hooks.example/very-secret', 'allowed is https:'],
  ['file:///very-secret', 'allowed is https:'],
  ['https://user:very-secret@hooks.example/', 'user name or password'],
])('refuses the address %s without repeating it', (url, text) => {
  const make = () => slackWebhook({ name: 'slack', url, clock: time.clock, timers: time });
  expect(make).toThrow(text);
  expect(make).not.toThrow('very-secret');
});
