import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../src/model/alert.ts';
import { OTHER, UNKNOWN } from '../../../src/model/state.ts';
import { type Block, type SlackMessage, slackMessage } from '../../../src/notify/slack/message.ts';
import { renderSlackText } from '../../../src/notify/slack/text.ts';
import { firing, incident } from '../alerts.ts';

const publicUrl = 'https://mesh.example';

function textsOf(blocks: readonly Block[]): string[] {
  return blocks.flatMap((block) => {
    if (block.type === 'header') return [block.text.text];
    if (block.type === 'context') return block.elements.map(({ text }) => text);
    return [block.text.text, ...(block.fields ?? []).map(({ text }) => text)];
  });
}

function fieldsOf(message: SlackMessage): Record<string, string> {
  const fields = message.blocks.flatMap((block) =>
    block.type === 'section' ? (block.fields ?? []) : [],
  );
  return Object.fromEntries(
    fields.map(({ text }) => {
      const [label = '', value = ''] = text.split('\n');
      return [label.replaceAll('*', ''), value];
    }),
  );
}

describe('one breaker', () => {
  it('says on opening what matters', () => {
    const message = slackMessage({ alerts: [firing()], publicUrl });
    expect(message.text).toBe('🔴 Breaker open: ratings.default – Too many requests failed.');
    expect(message.blocks.map(({ type }) => type)).toEqual(['header', 'section', 'context']);
    expect(textsOf(message.blocks)[0]).toBe('🔴 Breaker open: ratings.default');
    expect(fieldsOf(message)).toEqual({
      Service: '`ratings.default`',
      Caller: '`reviews.default`',
      Subset: '`v1`',
      'Failure rate': '62 % (31 of 50 calls in 10 s)',
      Refused: '7 calls',
      'Open since': '<!date^1760000001^{date_num} {time_secs}|2025-10-09 08:53:21 UTC>',
      'Next probe': '<!date^1760000031^{date_num} {time_secs}|2025-10-09 08:53:51 UTC>',
      'Callers open': '1 of 2',
      Basis: 'inferred: worked out from the outcomes of the requests seen',
    });
    expect(textsOf(message.blocks).at(-1)).toBe(
      '<https://mesh.example/#/services/ratings.default|Open in Meshpulse>',
    );
  });

  it('says on closing how long it was open', () => {
    const [, closed] = incident('ratings.default', 1, 126);
    const message = slackMessage({ alerts: [closed], publicUrl });
    expect(message.text).toBe('🟢 Breaker closed: ratings.default – The probes succeeded.');
    expect(fieldsOf(message)).toMatchObject({
      Caller: '`reviews.default`',
      'Was open for': '2 min 5 s',
      Opened: expect.stringContaining('2025-10-09 08:53:21 UTC'),
      Closed: expect.stringContaining('2025-10-09 08:55:26 UTC'),
      'Times opened': '1',
      'When it opened': '62 % (31 of 50 calls in 10 s)',
      'When it closed': '0 % (0 of 10 calls in 10 s)',
    });
  });

  it('says what is not known instead of making it up', () => {
    const alert = firing('ratings.default', 1, {
      causedBy: null,
      failureRate: null,
      nextProbeAt: null,
      dependenciesOpen: null,
      reason: 'refusals_seen',
      basis: 'observed',
    });
    const message = slackMessage({ alerts: [alert], publicUrl: null });
    const fields = fieldsOf(message);
    expect(fields).toMatchObject({
      Caller: 'unknown',
      Subset: 'none known',
      'Failure rate': 'unknown (31 of 50 calls in 10 s)',
      Basis: expect.stringContaining('observed'),
    });
    expect(Object.keys(fields)).not.toContain('Next probe');
    expect(JSON.stringify(message)).not.toContain('http');
  });

  it('does not call a breaker without traffic recovered', () => {
    const [open, closed] = incident('ratings.default', 1, 40);
    const gone: Alert = { ...closed, transition: { ...closed.transition, reason: 'no_traffic' } };
    expect(slackMessage({ alerts: [gone], publicUrl }).text).toContain('not known');
    expect(open.status).toBe('firing');
  });
});

describe('what stands for no service', () => {
  const none = (over: object) => {
    const alert = firing('ratings.default');
    return { ...alert, ...over, transition: { ...alert.transition, ...over } };
  };

  it('is called in words, and led to by its key', () => {
    const unknown = slackMessage({ alerts: [none({ service: UNKNOWN })], publicUrl });
    expect(unknown.text).toBe('🔴 Breaker open: service not known – Too many requests failed.');
    expect(fieldsOf(unknown).Service).toBe('not known: the records do not name it');
    expect(textsOf(unknown.blocks).at(-1)).toContain('/#/services/%40unknown|');
    const other = slackMessage({ alerts: [none({ service: OTHER })], publicUrl });
    expect(textsOf(other.blocks)[0]).toBe('🔴 Breaker open: other services');
    const caused = none({ causedBy: { source: OTHER, subset: OTHER } });
    expect(fieldsOf(slackMessage({ alerts: [caused], publicUrl }))).toMatchObject({
      Caller: 'others, beyond the configured limits',
      Subset: 'others, beyond the configured limits',
    });
  });

  it('is called so among others too, never as if it were a name', () => {
    const alerts = [UNKNOWN, OTHER, 'a', 'b', 'c', UNKNOWN, OTHER].map((service, n) =>
      none({ service, key: `${n}` }),
    );
    const texts = textsOf(slackMessage({ alerts, publicUrl }).blocks);
    expect(texts[0]).toBe('🔴 7 breakers open: service not known, other services, a, b, c');
    expect(texts[1]).toMatch(/^\*Breaker open:\* service not known\n/);
    expect(texts.at(-1)).toMatch(/^And 2 more: service not known open, other services open/);
    expect(texts.join('\n')).not.toMatch(/`@|@unknown`/);
  });
});

describe('several breakers', () => {
  it('are one message that names them all', () => {
    const [open] = incident('a.default', 1, 2);
    const [, closed] = incident('b.default', 3, 40);
    const message = slackMessage({ alerts: [open, closed], publicUrl });
    const texts = textsOf(message.blocks);
    expect(texts[0]).toBe('🔴 1 breaker open, 1 closed: a.default, b.default');
    expect(texts[1]).toMatch(/^\*Breaker open:\* `a\.default`\n.*Failure rate: 62 %/);
    expect(texts[2]).toMatch(/^\*Breaker closed:\* `b\.default`\n.*Was open for: 37 s/);
  });

  it('say how many are not shown when there are too many', () => {
    const alerts = Array.from({ length: 100 }, (_, n) => firing(`service-${n}.default`, n + 1));
    const message = slackMessage({ alerts, publicUrl });
    const texts = textsOf(message.blocks);
    expect(texts[0]).toMatch(/^🔴 100 breakers open: service-0/);
    const listed = /And 95 more: (.*) … and (\d+) not listed/.exec(texts.join('\n'));
    const names = listed?.[1]?.split(', ').length ?? 0;
    expect(names + Number(listed?.[2])).toBe(95);
    expect(names).toBeGreaterThan(10);
  });
});

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc
    .array(
      fc.constantFrom(
        '&',
        '<',
        '>',
        '`',
        '*',
        '_',
        '~',
        '|',
        '\n',
        '"',
        '\\',
        '\ud800',
        '<!channel>',
        '<@U1>',
        '&lt;',
        '\u202e',
        '\u001b[2J',
        '界',
        '😀',
      ),
      { maxLength: 253 },
    )
    .map((parts) => parts.join('')),
);

const hostileAlerts = fc.array(
  fc.tuple(hostile, hostile, hostile, fc.boolean()).map(([service, source, subset, resolved]) => {
    const both = incident(service, 1, 40, { causedBy: { source, subset } });
    return both[resolved ? 1 : 0];
  }),
  { minLength: 1, maxLength: 100 },
);

// A text in which Slack would make links and mentions of its own accord.
const LINKIFIED = /"type":"mrkdwn"(?!,"text":"(\\.|[^"\\])*","verbatim":true)/;

// The control sequences this message makes itself.
const OURS =
  /<!date\^\d+\^\{date_num\} \{time_secs\}\|[^<>|]*>|<https:\/\/mesh\.example\/[^<>| ]*\|Open in Meshpulse>/g;

describe('names from outside, whatever they are', () => {
  it("stay within Slack's limits", () => {
    fc.assert(
      fc.property(hostileAlerts, (alerts) => {
        const message = slackMessage({ alerts, publicUrl });
        expect(new TextEncoder().encode(JSON.stringify(message)).length).toBeLessThan(10_000);
        expect(message.text.length).toBeLessThanOrEqual(600);
        expect(message.blocks.length).toBeLessThanOrEqual(50);
        for (const block of message.blocks) {
          if (block.type !== 'header') expect(JSON.stringify(block)).not.toMatch(LINKIFIED);
          if (block.type === 'header') expect(block.text.text.length).toBeLessThanOrEqual(150);
          if (block.type === 'context') expect(block.elements.length).toBeLessThanOrEqual(10);
          if (block.type !== 'section') continue;
          expect(block.text.text.length).toBeLessThanOrEqual(3000);
          expect(block.fields?.length ?? 0).toBeLessThanOrEqual(10);
          for (const { text } of block.fields ?? []) expect(text.length).toBeLessThanOrEqual(2000);
        }
        for (const text of textsOf(message.blocks)) expect(text.length).toBeGreaterThan(0);
      }),
      { numRuns: 60 },
    );
  });

  it('stay within them at their longest', () => {
    // 105 characters of three bytes: the longest name whose link is still made.
    const causedBy = { source: '界'.repeat(253), subset: '界'.repeat(253) };
    const service = (n: number) => `${n}${'界'.repeat(104)}`;
    const alerts = Array.from({ length: 100 }, (_, n) => firing(service(n), n + 1, { causedBy }));
    const message = slackMessage({ alerts, publicUrl });
    expect(JSON.stringify(message)).toContain(encodeURIComponent(service(0)));
    expect(new TextEncoder().encode(JSON.stringify(message)).length).toBeLessThan(10_000);
    expect(JSON.stringify(message)).toMatch(/And \d+ more/);
  });

  it('link to the page as a whole when their own address is too long', () => {
    const message = slackMessage({ alerts: [firing('界'.repeat(253))], publicUrl });
    expect(textsOf(message.blocks).at(-1)).toBe('<https://mesh.example/|Open in Meshpulse>');
  });

  it('cannot make mentions, links, formatting or control characters', () => {
    fc.assert(
      fc.property(hostileAlerts, (alerts) => {
        const message = slackMessage({ alerts, publicUrl });
        for (const text of [message.text, ...textsOf(message.blocks)]) {
          const rest = text.replace(OURS, '');
          expect(rest).not.toMatch(/[<>]/);
          expect(rest).not.toMatch(/&(?!(amp|lt|gt);)/);
          expect(rest.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('cannot leave the inline code they stand in', () => {
    const [alert] = [firing('a` *bold* `b', 1, { causedBy: { source: '`', subset: '```' } })];
    const fields = fieldsOf(slackMessage({ alerts: [alert], publicUrl }));
    expect(fields).toMatchObject({ Service: "`a' *bold* 'b`", Caller: "`'`", Subset: "`'''`" });
  });

  it('are cut before an entity, not inside it', () => {
    const message = slackMessage({ alerts: [firing('&'.repeat(253))], publicUrl });
    expect(textsOf(message.blocks)[0]).toMatch(/^🔴 Breaker open: (&amp;)+…$/);
  });
});

describe('the message on a terminal', () => {
  it('has the same words without markup', () => {
    const text = renderSlackText(slackMessage({ alerts: [firing('a<b>&c')], publicUrl }));
    expect(text.split('\n')).toEqual([
      '🔴 Breaker open: a<b>&c',
      '  Too many requests failed.',
      '  Service         a<b>&c',
      '  Caller          reviews.default',
      '  Subset          v1',
      '  Failure rate    62 % (31 of 50 calls in 10 s)',
      '  Refused         7 calls',
      '  Open since      2025-10-09 08:53:21 UTC',
      '  Next probe      2025-10-09 08:53:51 UTC',
      '  Callers open    1 of 2',
      '  Basis           inferred: worked out from the outcomes of the requests seen',
      '  Open in Meshpulse: https://mesh.example/#/services/a%3Cb%3E%26c',
    ]);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('never carries escape sequences of names to the terminal', () => {
    fc.assert(
      fc.property(hostileAlerts, (alerts) => {
        const text = renderSlackText(slackMessage({ alerts, publicUrl }));
        expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      }),
      { numRuns: 40 },
    );
  });
});
