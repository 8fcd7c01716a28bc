/** An answer of a function, payload 2.0. */
export interface FunctionAnswer {
  statusCode: number;
  headers: Record<string, string>;
  cookies?: string[];
  body: string;
  isBase64Encoded: boolean;
}

/** Most bytes of an event, as Lambda has it. */
export const MAX_EVENT = 6_291_456;

const TEXT = /^(text\/|application\/(json|xml|javascript|x-www-form-urlencoded)\b)/i;

/** A request as a function URL, or an HTTP API, gives it to the function; null: too large, the function is not asked. */
export async function eventOf(path: string, init: RequestInit = {}): Promise<string | null> {
  const id = 'abcdefgh1234567890';
  const host = `${id}.lambda-url.eu-central-1.on.aws`;
  const url = new URL(path, `https://${host}`);
  const request = new Request(url, init);
  // `Headers` have their names in lower case already, and repeated ones joined by commas.
  const headers: Record<string, string> = { host, ...Object.fromEntries(request.headers) };
  delete headers.cookie;
  const cookies = request.headers.get('cookie')?.split('; ');
  const bytes = Buffer.from(await request.arrayBuffer());
  if (bytes.length > 0) headers['content-length'] = String(bytes.length);
  const isText = TEXT.test(headers['content-type'] ?? '') && !headers['content-encoding'];
  const event = JSON.stringify({
    version: '2.0',
    routeKey: '$default',
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    ...(cookies && { cookies }),
    headers,
    requestContext: {
      accountId: 'anonymous',
      apiId: id,
      domainName: host,
      domainPrefix: id,
      http: {
        method: request.method,
        path: url.pathname,
        protocol: 'HTTP/1.1',
        sourceIp: '192.0.2.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: '3f0d6f1c-1d3b-4b8e-9a4e-5b1b7a5d1c11',
      routeKey: '$default',
      stage: '$default',
      time: '28/Nov/2026:10:00:00 +0000',
      timeEpoch: 1_795_860_000_000,
    },
    ...(bytes.length > 0 && { body: bytes.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: bytes.length > 0 && !isText,
  });
  return Buffer.byteLength(event) > MAX_EVENT ? null : event;
}

/** What a function URL makes of the function's answer. */
export function responseOf(answer: FunctionAnswer): Response {
  const { statusCode, headers, cookies = [], body, isBase64Encoded } = answer;
  const sent = new Headers(headers);
  for (const cookie of cookies) sent.append('set-cookie', cookie);
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  const empty = bytes.length === 0 || statusCode === 204 || statusCode === 304;
  return new Response(empty ? null : new Uint8Array(bytes), { status: statusCode, headers: sent });
}
