import { get } from './api.js';
import { ago, el, serviceKey, serviceLink, words } from './show.js';

/** More are a wall that hides the services; the list of services has the worst first anyway. */
const MOST_LINES = 5;

/** What fires, newest first: how many, and the lines to show; and what of all that is old. */
export async function firingAlerts() {
  const { alerts, delays } = await get('/alerts?status=firing&limit=1000');
  const shown = await Promise.all(alerts.slice(0, MOST_LINES).map(alertLine));
  const more = alerts.length - shown.length;
  if (more > 0) {
    const list = el('a', { href: '#/' }, 'list of services');
    shown.push(el('p', { class: 'more' }, `and ${more} more; see the `, list));
  }
  return { count: alerts.length, lines: shown, delays };
}

async function alertLine({ service, starts_at, opened }) {
  const { failed, calls, not_permitted, basis, reason } = opened;
  const counts = basis === 'observed' ? `${not_permitted} refused` : `${failed} of ${calls} failed`;
  const now = standing(await rollup(service, basis));
  return el(
    'p',
    { class: 'alert' },
    el('strong', {}, 'Breaker open: ', serviceLink(service)),
    ` ${words(reason)}: ${counts}; ${basis}, ${ago(starts_at)}`,
    now === null ? null : el('strong', { class: 'HALF_OPEN' }, ` – ${now}`),
  );
}

async function rollup(service, basis) {
  const name = encodeURIComponent(serviceKey(service));
  // By key, where a roll-up's `*` comes before callers' names.
  const { breakers } = await get(`/breakers?service=${name}&basis=${basis}&limit=100`);
  return breakers.find((one) => one.rollup);
}

/** What has become of the breaker since, when it is no longer simply open. */
function standing(breaker) {
  if (breaker?.state === 'HALF_OPEN') {
    return breaker.stale ? 'half-open, waiting for calls' : 'half-open, trying calls';
  }
  return breaker?.state === 'OPEN' && breaker.stale ? 'still open, no calls to judge' : null;
}
