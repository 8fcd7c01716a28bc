import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Handler, RuntimeApi } from './lambda-runtime-api.ts';

// Takes the place of Lambda's own Node where there is none: a container image, a custom runtime (`provided`).
//   node functions/lambda-bootstrap.ts [FILE]      of what exports `handler`; default: lambda.ts beside this

const api = new RuntimeApi(process.env.AWS_LAMBDA_RUNTIME_API ?? '');
const file = resolve(process.argv[2] ?? `${import.meta.dirname}/lambda.ts`);

try {
  await api.serve(await load());
} catch (error) {
  console.error(error);
  // At once: what else keeps the process alive must not keep Lambda from starting another.
  process.exit(1);
}

async function load(): Promise<Handler> {
  try {
    const { handler } = (await import(pathToFileURL(file).href)) as { handler?: unknown };
    if (typeof handler !== 'function') throw new TypeError(`${file} exports no function "handler"`);
    return handler as Handler;
  } catch (error) {
    await api.initFailed(error);
    throw error;
  }
}
