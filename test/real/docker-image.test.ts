import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { startContainer } from '../infra/container.ts';
import { parseDockerfile } from '../infra/dockerfile.ts';
import { buildImage, type Image, machineEnv } from '../infra/image.ts';
import { freePorts } from '../kafka/ports.ts';
import { LambdaEnvironment } from '../lambda/environment.ts';
import { istioLine } from '../receive/payloads.ts';
import { until } from '../stream/until.ts';

// The steps of the Dockerfile, without Docker. Here and not among the quick tests, as `npm ci` takes some seconds, and
// from the network what npm's cache has not.

const context = join(import.meta.dirname, '../..');
const steps = parseDockerfile(readFileSync(join(context, 'infra/docker/Dockerfile'), 'utf8'));
const TOKEN = 'a-token-of-this-test-only';
const SETTINGS = { MESHPULSE_TOKENS: `edge:ingest:${TOKEN}` };

const root = mkdtempSync(join(tmpdir(), 'meshpulse-image-'));
afterAll(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));

const NO_NETWORK = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH/;

/** Null when it cannot be made here; in CI that is a failure. */
function build(): Image | null {
  // The image's user is another one than ours.
  chmodSync(root, 0o755);
  try {
    return buildImage(steps, context, root);
  } catch (error) {
    if (process.env.CI === 'true' || !NO_NETWORK.test(String(error))) throw error;
    console.warn("skipped: the Docker image: no network, and npm's cache has not all packages");
    return null;
  }
}

const built = build();

describe.skipIf(built === null)('the Docker image', () => {
  const image = built!;

  /** What the health check's own command ends with, of a container whose port 4320 is another here. */
  function health(port: number): number | null {
    const [node = '', ...args] = image.healthcheck;
    expect(args.join()).toContain(':4320/');
    const argv = args.map((arg) => arg.replace(':4320/', `:${port}/`));
    return spawnSync(node, argv, { env: machineEnv() }).status;
  }

  test('it starts as its user, is healthy, keeps data in its volume, and ends when told to', async () => {
    const [port = 0] = await freePorts(1);
    expect(health(port)).toBe(1);
    const container = startContainer(image, ['--port', String(port)], SETTINGS);
    try {
      await until('it listens', () => {
        if (container.child.exitCode !== null) throw new Error(container.said());
        return container.said().includes(`:${port}`);
      });
      expect(health(port)).toBe(0);
      const url = `http://127.0.0.1:${port}/t/${TOKEN}/v1/access-logs`;
      const response = await fetch(url, { method: 'POST', body: istioLine() });
      expect(response.status).toBe(200);
      expect(readdirSync(image.volumes[0]!)).not.toEqual([]);
      container.child.kill('SIGTERM');
      expect(await container.ended).toBe(0);
    } finally {
      container.child.kill('SIGKILL');
    }
  });

  test('the same image is a Lambda function with another entrypoint', async () => {
    const file = join(image.workdir, 'functions/lambda-bootstrap.ts');
    const env = { MESHPULSE_SINK: 'kafka', MESHPULSE_KAFKA_BROKERS: '127.0.0.1:9' };
    const environment = await LambdaEnvironment.start({ argv: [file], env });
    try {
      expect((await environment.fetch('/healthz')).status).toBe(200);
    } finally {
      await environment.close();
    }
  });

  test('without tokens it does not start: others can reach it', async () => {
    const container = startContainer(image, []);
    expect(await container.ended).toBe(2);
    expect(container.said()).toContain('MESHPULSE_TOKENS');
  });

  test.each(['package.json', 'src/telemetry'])(
    'an image without %s does not start',
    async (name) => {
      const file = join(image.workdir, name);
      renameSync(file, `${file}.away`);
      try {
        const container = startContainer(image, ['--port', '0'], SETTINGS);
        expect(await container.ended).toBe(1);
        expect(container.said()).toContain('MODULE_NOT_FOUND');
      } finally {
        renameSync(`${file}.away`, file);
      }
    },
  );
});
