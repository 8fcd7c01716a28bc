import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { parseArguments } from '../../src/cli/arguments.ts';
import { lastOf, parseDockerfile, problemsOf } from './dockerfile.ts';
import { sentTo } from './image.ts';

const root = join(import.meta.dirname, '../..');
const text = readFileSync(join(root, 'infra/docker/Dockerfile'), 'utf8');

test('the image runs the Node we run on, not as root, and looks after its health', () => {
  expect(problemsOf(parseDockerfile(text), manifest)).toEqual([]);
});

test('its command is one that meshpulse knows, and reachable from outside', () => {
  const parsed = parseArguments(lastOf(parseDockerfile(text), 'CMD') ?? []);
  expect(parsed).toEqual({ command: 'serve', flags: { host: '0.0.0.0' } });
});

test.each([
  ['another Node', /node:24-slim/, 'node:22-slim', 'FROM has Node 22, package.json brings 24'],
  ['another base', /node:24-slim/, 'alpine', 'FROM is alpine, not node:<major>-slim'],
  ['root', /^USER.*$/m, 'USER root', 'USER is root: root, or no number'],
  ['root by its number', /^USER.*$/m, 'USER 0:0', 'USER is 0:0: root, or no number'],
  ['no user', /^USER.*$/m, '', 'USER is 0: root, or no number'],
  ['no health check', /^HEALTHCHECK.*\n.*$/m, 'HEALTHCHECK NONE', 'HEALTHCHECK is none'],
])('%s would be seen', (_, part, instead, problem) => {
  const other = text.replace(part, instead);
  expect(problemsOf(parseDockerfile(other), manifest)).toEqual([problem]);
});

describe('reading', () => {
  test('a Dockerfile: comments, continued lines, flags, arrays', () => {
    const [one, two] = parseDockerfile(
      '# c\nRUN --mount=type=cache,target=/x a && \\\n  # c\n  b\n\nCMD ["x", "y z"]\n',
    );
    expect(one).toMatchObject({ flags: { mount: 'type=cache,target=/x' }, text: 'a &&    b' });
    expect(two).toMatchObject({ keyword: 'CMD', words: ['x', 'y z'] });
  });

  test('.dockerignore: the last line that names a path decides', () => {
    const isSent = sentTo('# c\n*\n!src\n!data\ndata\n');
    expect(['src', 'src/cli/main.ts', 'data', '.git'].map(isSent)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
