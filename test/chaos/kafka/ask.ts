import { get } from 'node:http';
import { tokenOf } from '../setting.ts';

const PATIENCE_MS = 3_000;

/** The body of a 200; null for everything else, no answer in time too. */
export function ask(port: number, path: string): Promise<string | null> {
  const headers = { authorization: `Bearer ${tokenOf('reader')}` };
  return new Promise((resolve) => {
    const asking = get({ host: '127.0.0.1', port, path, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve(response.statusCode === 200 ? text : null));
      response.on('error', () => resolve(null));
    });
    asking.setTimeout(PATIENCE_MS, () => asking.destroy());
    asking.on('error', () => resolve(null));
    asking.on('close', () => resolve(null));
  });
}

export async function askJson<T>(port: number, path: string): Promise<T | null> {
  const text = await ask(port, path);
  return text === null ? null : (JSON.parse(text) as T);
}
