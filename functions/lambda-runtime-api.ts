import { Agent, type IncomingHttpHeaders, request } from 'node:http';

export type Handler = (event: unknown, context: InvocationContext) => Promise<unknown>;

/** What a handler is told of an invocation beside its event. */
export interface InvocationContext {
  awsRequestId: string;
  invokedFunctionArn: string;
  getRemainingTimeInMillis(): number;
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** The client's side of AWS Lambda's Runtime API, version 2018-06-01. */
export class RuntimeApi {
  readonly #host: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  /** `host:port`, as Lambda says it in AWS_LAMBDA_RUNTIME_API. */
  constructor(host: string) {
    this.#host = host;
  }

  /** Takes one invocation after the other. Rejects when the API cannot be used. */
  async serve(handler: Handler): Promise<never> {
    for (;;) {
      const { headers, body } = await this.#call('GET', 'invocation/next');
      const id = String(headers['lambda-runtime-aws-request-id']);
      const traceId = headers['lambda-runtime-trace-id'];
      if (traceId === undefined) delete process.env._X_AMZN_TRACE_ID;
      else process.env._X_AMZN_TRACE_ID = String(traceId);
      let result: string;
      try {
        const answer = await handler(JSON.parse(body), contextOf(id, headers));
        result = JSON.stringify(answer ?? null);
      } catch (error) {
        console.error(error);
        await this.#failed(`invocation/${id}/error`, error);
        continue;
      }
      await this.#call('POST', `invocation/${id}/response`, result);
    }
  }

  /** Says why nothing will be served. */
  initFailed(error: unknown): Promise<void> {
    return this.#failed('init/error', error);
  }

  async #failed(path: string, error: unknown): Promise<void> {
    const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
    const told = { errorType: name, errorMessage: message, stackTrace: stack.split('\n') };
    await this.#call('POST', path, JSON.stringify(told), {
      'lambda-runtime-function-error-type': `Runtime.${name}`,
    });
  }

  async #call(
    method: string,
    path: string,
    body: string | null = null,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const answer = await this.#send(method, path, body, headers);
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw new Error(`the Runtime API answered ${answer.status} to ${method} ${path}`);
  }

  /** By node:http, not `fetch`: that gives up after five minutes, and Lambda freezes this process for longer. */
  #send(
    method: string,
    path: string,
    body: string | null,
    headers: Record<string, string>,
  ): Promise<Answer> {
    const sent = body === null ? null : Buffer.from(body);
    const length = sent === null ? {} : { 'content-length': sent.length };
    return new Promise((resolve, reject) => {
      const url = `http://${this.#host}/2018-06-01/runtime/${path}`;
      const options = {
        method,
        agent: this.#agent,
        headers: { 'content-type': 'application/json', ...length, ...headers },
      };
      const asked = request(url, options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
        });
      });
      asked.on('error', reject);
      asked.end(sent ?? undefined);
    });
  }
}

function contextOf(awsRequestId: string, headers: IncomingHttpHeaders): InvocationContext {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  return {
    awsRequestId,
    invokedFunctionArn: String(headers['lambda-runtime-invoked-function-arn']),
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}
