import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { authorize, bearerToken } from '../../src/auth/authorize.ts';
import { ANONYMOUS, TokenTable } from '../../src/auth/tokens.ts';

const hex = (text: string) => createHash('sha256').update(text).digest('hex');
const table = new TokenTable([
  { token: 'alpha', provider: 'edge', scopes: ['ingest'] },
  { sha256: hex('beta'), provider: 'grafana', scopes: ['query'] },
  { sha256: hex('gämma').toUpperCase(), provider: 'ops', scopes: ['ingest', 'query', 'admin'] },
]);

describe('token table', () => {
  test.each([
    ['alpha', 'edge'],
    ['beta', 'grafana'],
    ['gämma', 'ops'],
  ])('knows %s, in plain or by its hash, first or last', (token, provider) => {
    expect(table.authenticate(token)?.provider).toBe(provider);
  });

  test.each([['alph'], ['alphaa'], [''], [hex('beta')], ['Alpha']])('does not know %j', (token) => {
    expect(table.authenticate(token)).toBeNull();
  });

  test('needs a token once there is one', () => {
    expect(table.authenticate(null)).toBeNull();
  });

  test('lets everyone in as anonymous where none is configured', () => {
    const open = new TokenTable([]);
    expect(open.authenticate(null)).toBe(ANONYMOUS);
    expect(open.authenticate('whatever')).toBe(ANONYMOUS);
  });

  test('knows the cluster that a token stands for, and keeps no secret with it', () => {
    const east = { token: 'x', provider: 'a', scopes: ['ingest'], cluster: 'east' } as const;
    const { token: _, ...principal } = east;
    expect(new TokenTable([east]).authenticate('x')).toEqual(principal);
  });

  test('refuses entries that could never match or say two things', () => {
    const scopes = ['ingest'] as const;
    expect(() => new TokenTable([{ token: '', provider: 'a', scopes }])).toThrow('is empty');
    expect(() => new TokenTable([{ sha256: 'abc', provider: 'a', scopes }])).toThrow('64 hex');
    expect(
      () =>
        new TokenTable([
          { token: 'x', provider: 'a', scopes },
          { sha256: hex('x'), provider: 'b', scopes },
        ]),
    ).toThrow('same token');
  });
});

describe('authorize', () => {
  const with_ = (authorization: string | null, pathToken: string | null = null) => ({
    authorization,
    pathToken,
  });

  test('allows a token with the scope', () => {
    expect(authorize(table, with_('Bearer alpha'), 'ingest')).toEqual({
      allowed: true,
      principal: { provider: 'edge', scopes: ['ingest'] },
    });
  });

  test('asks for a token, without an error code, when none was sent', () => {
    for (const header of [null, '', 'Basic YTpi', 'Bearer', 'Bearer two words']) {
      expect(authorize(table, with_(header), 'ingest')).toMatchObject({
        status: 401,
        challenge: 'Bearer realm="meshpulse"',
      });
    }
  });

  test('says how a token is sent: in the path only where records are', () => {
    const header = 'no token was sent; send Authorization: Bearer <token>';
    const said = { ingest: `${header}, or post to /t/<token>/...`, query: header };
    for (const scope of ['ingest', 'query'] as const) {
      expect(authorize(table, with_(null), scope)).toMatchObject({ message: said[scope] });
    }
  });

  test('says invalid_token for an unknown one and insufficient_scope for a lesser one', () => {
    expect(authorize(table, with_('Bearer nope'), 'ingest')).toMatchObject({
      status: 401,
      challenge: expect.stringContaining('error="invalid_token"'),
    });
    expect(authorize(table, with_('Bearer beta'), 'ingest')).toMatchObject({
      status: 403,
      challenge: expect.stringContaining('error="insufficient_scope", scope="ingest"'),
      message: expect.stringContaining('has the scopes query, this needs ingest'),
    });
  });

  test('takes the token in the path before the one in the header', () => {
    expect(authorize(table, with_('Bearer beta', 'alpha'), 'ingest').allowed).toBe(true);
    expect(authorize(table, with_('Bearer alpha', 'nope'), 'ingest').allowed).toBe(false);
  });
});

test('the bearer scheme is read in any case and with spaces around its token', () => {
  expect(bearerToken('bearer  a.b-c_d~e+f/g== ')).toBe('a.b-c_d~e+f/g==');
  expect(bearerToken('Bearer a b')).toBeNull();
  expect(bearerToken('Bearer ')).toBeNull();
});
