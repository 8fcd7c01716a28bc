/** The query API as this page uses it. A token, when the server wants one, lives as long as the tab. */
const TOKEN = 'meshpulse-token';

/** No token, or not one that may read. */
export class Unauthorized extends Error {}
/** Nothing of that name. */
export class NotFound extends Error {}

let tokenGiven = Promise.withResolvers();

export function useToken(token) {
  sessionStorage.setItem(TOKEN, token);
  tokenGiven.resolve();
  tokenGiven = Promise.withResolvers();
}

export const hasToken = () => sessionStorage.getItem(TOKEN) !== null;

async function request(path, signal) {
  const token = sessionStorage.getItem(TOKEN);
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(path, { headers, signal, cache: 'no-store' });
  if (response.ok) return response;
  const { error } = await response.json().catch(() => ({}));
  const message = error?.message ?? `${path} answered ${response.status}`;
  if (response.status === 401 || response.status === 403) throw new Unauthorized(message);
  throw response.status === 404 ? new NotFound(message) : new Error(message);
}

export const get = async (path) => (await request(`/api/v1${path}`)).json();

/** Every page of a list, at most `most` entries. */
export async function getAll(path, field, most = 5000) {
  const all = [];
  let answer;
  for (let cursor = null; all.length < most; cursor = answer.next_cursor) {
    const page = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    answer = await get(`${path}?limit=1000${page}`);
    all.push(...answer[field]);
    if (!answer.next_cursor) break;
  }
  return { ...answer, [field]: all };
}

/**
 * Calls `changed` whenever the server has news, for ever: the stream ends every few minutes and is opened again.
 * EventSource cannot send a token, so the stream is read with fetch.
 */
export async function follow(changed, lost) {
  for (;;) {
    try {
      const response = await request('/api/v1/stream');
      const reader = response.body.getReader();
      for (let part = await reader.read(); !part.done; part = await reader.read()) changed();
    } catch (error) {
      lost(error);
      if (error instanceof Unauthorized) await tokenGiven.promise;
    }
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}
