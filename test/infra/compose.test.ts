import { expect, test } from 'vitest';
import { parseArguments } from '../../src/cli/arguments.ts';
import { ROLES } from '../../src/config/config.ts';
import { kafkaProperties, readCompose } from './compose.ts';

const { services } = readCompose();

test('every role has a container, and each runs a command that meshpulse knows', () => {
  const ours = Object.values(services).filter(({ image }) => image === 'meshpulse');
  const parsed = ours.map(({ command }) => parseArguments(command));
  expect(parsed).not.toContainEqual(expect.objectContaining({ command: null }));
  const roles = parsed.flatMap((one) =>
    'flags' in one ? (one.flags.roles?.split(',') ?? []) : [],
  );
  expect(roles.sort()).toEqual([...ROLES].sort());
});

test('tokens have no default: a container that others reach is never open', () => {
  for (const { image, environment } of Object.values(services)) {
    if (image === 'meshpulse') expect(environment.MESHPULSE_TOKENS).toMatch(/^\$\{\w+:\?.+\}$/);
  }
});

test('what asks after the health of Kafka asks where it says that it is', () => {
  const { kafka } = services;
  const at = kafkaProperties(kafka!)['advertised.listeners'];
  const [, host, port] = /^PLAINTEXT:\/\/(.*):(\d+)$/.exec(at ?? '') ?? [];
  expect(kafka?.healthcheck?.test.join(' ')).toContain(`/dev/tcp/${host}/${port}`);
});
