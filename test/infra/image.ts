import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { type Instruction, instruction } from './dockerfile.ts';

/** What a Dockerfile has made, in a folder that stands for the image's root. */
export interface Image {
  workdir: string;
  env: Record<string, string>;
  user: string;
  entrypoint: string[];
  cmd: string[];
  healthcheck: string[];
  volumes: string[];
}

/** Carries out the steps of a Dockerfile without Docker, with this Node. @throws when one of them fails */
export function buildImage(steps: readonly Instruction[], context: string, root: string): Image {
  const image: Image = {
    workdir: root,
    env: {},
    user: '0',
    entrypoint: [],
    cmd: [],
    healthcheck: [],
    volumes: [],
  };
  const inImage = (path: string) =>
    path.startsWith('/') ? join(root, path) : join(image.workdir, path);
  for (const { keyword, words, text } of steps) {
    switch (keyword) {
      case 'FROM':
      case 'EXPOSE':
        break;
      case 'USER':
        image.user = words[0]!;
        break;
      case 'ENV':
        for (const word of words) {
          const [, name = '', value = ''] = /^([^=]+)=(.*)$/.exec(word) ?? [];
          image.env[name] = value;
        }
        break;
      case 'WORKDIR':
        image.workdir = inImage(words[0]!);
        mkdirSync(image.workdir, { recursive: true });
        break;
      case 'COPY':
        copy(words.slice(0, -1), inImage(words.at(-1)!), words.at(-1)!.endsWith('/'), context);
        break;
      case 'RUN':
        run(text, image);
        break;
      case 'VOLUME':
        image.volumes = words.map(inImage);
        break;
      case 'HEALTHCHECK':
        image.healthcheck = instruction(text).words;
        break;
      case 'ENTRYPOINT':
        image.entrypoint = words;
        break;
      case 'CMD':
        image.cmd = words;
        break;
      default:
        throw new Error(`${keyword} is no instruction that is known here`);
    }
  }
  return image;
}

function copy(sources: string[], to: string, intoFolder: boolean, context: string): void {
  const isSent = sentTo(readFileSync(join(context, '.dockerignore'), 'utf8'));
  for (const source of sources) {
    const from = join(context, source);
    if (!isSent(source) || !existsSync(from)) throw new Error(`${source} is not in the context`);
    cpSync(from, intoFolder ? join(to, basename(source)) : to, { recursive: true });
  }
}

/** Whether a path at the top of the context is sent to the builder. The last line that names it decides. */
export function sentTo(dockerignore: string): (path: string) => boolean {
  const lines = dockerignore.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return (path) => {
    const top = path.split('/')[0]!;
    const said = lines.findLast((line) => ['*', top].includes(line.replace(/^!/, '')));
    return said === undefined || said.startsWith('!');
  };
}

function run(command: string, { workdir, env }: Image): void {
  const { status, stderr } = spawnSync('sh', ['-c', command], {
    cwd: workdir,
    env: { ...machineEnv(), ...env },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`RUN ${command} failed with ${status}: ${stderr}`);
}

/** Of this machine's environment: where programs are, Node first, and npm's cache and settings. */
export function machineEnv(): Record<string, string> {
  const { PATH = '', HOME = '/' } = process.env;
  return {
    PATH: [dirname(process.execPath), PATH].join(delimiter),
    HOME,
    npm_config_prefer_offline: 'true',
  };
}
