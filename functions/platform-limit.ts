/** Cloudflare's rate limiting binding: approximate, and counted apart in each of its locations. */
export interface RateLimit {
  limit(options: { key: string }): Promise<{ success: boolean }>;
}

/**
 * Null, or the answer to a request over the limit that the platform keeps for its token: before anything of its body is read.
 * What a token may send exactly is for the lanes to say.
 */
export async function overPlatformLimit(
  limits: RateLimit | undefined,
  request: Request,
): Promise<Response | null> {
  if (limits === undefined) return null;
  const { success } = await limits.limit({ key: await senderKey(request) });
  if (success) return null;
  const error = { code: 'rate_limited', message: 'this token sends too many requests' };
  return Response.json({ error }, { status: 429, headers: { 'retry-after': '10' } });
}

/** Of its token, which stays here: only its digest goes to the platform. */
async function senderKey(request: Request): Promise<string> {
  const inPath = /^\/t\/([^/]+)\//.exec(new URL(request.url).pathname)?.[1];
  const token = inPath ?? request.headers.get('authorization') ?? '';
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
