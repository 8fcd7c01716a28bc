import { get, getAll, NotFound } from './api.js';
import { delayMark } from './delays.js';
import {
  ago,
  badge,
  callerLink,
  el,
  milliseconds,
  percent,
  perSecond,
  serviceKey,
  serviceLink,
  serviceName,
  table,
  words,
} from './show.js';

/** More rows than anybody reads; the filter finds the others. */
const MOST_ROWS = 200;
const WORST_FIRST = ['failing', 'delayed', 'degraded', 'healthy', 'unknown'];

let filter = '';

/** The list of services; also says when the numbers are from. `refiltered` takes what to show for another filter. */
export async function servicesView(refiltered) {
  absent = null;
  const { services, as_of } = await getAll('/services', 'services');
  if (services.length === 0) return { as_of, content: [welcome()] };
  latest = services.sort(worstFirst);
  return { as_of, content: serviceList(refiltered) };
}

let latest = [];

function serviceList(refiltered) {
  const wanted = filter.trim().toLowerCase();
  const found = latest.filter(({ service }) => serviceName(service).toLowerCase().includes(wanted));
  const drawn = found.slice(0, MOST_ROWS);
  const input = el('input', {
    type: 'search',
    placeholder: 'filter by name',
    'aria-label': 'Filter services by name',
    autocomplete: 'off',
    spellcheck: 'false',
    value: filter,
  });
  input.addEventListener('input', () => {
    filter = input.value;
    refiltered(serviceList(refiltered));
  });
  const count = el('small', { role: 'status' }, countText(drawn, found));
  return [el('div', { class: 'filter' }, input, count), serviceTable(drawn)];
}

function countText(drawn, found) {
  const all = `${latest.length} service${latest.length === 1 ? '' : 's'}`;
  if (drawn.length < found.length) {
    const of = found.length < latest.length ? `${found.length} found, of ${all}` : all;
    return `the worst ${drawn.length} of ${of}; filter to see others`;
  }
  return found.length < latest.length ? `${found.length} of ${all}` : all;
}

/** Then the busier first, in steps of twice as busy: rows must not jump with every wobble of the traffic. */
function worstFirst(a, b) {
  const worse = WORST_FIRST.indexOf(a.health) - WORST_FIRST.indexOf(b.health);
  return worse || busy(b) - busy(a) || (serviceKey(a.service) < serviceKey(b.service) ? -1 : 1);
}

const busy = ({ requests_per_second: rate }) => Math.floor(Math.log2(Math.max(rate, 0.01)));

function serviceTable(services) {
  const rows = services.map((service) => [
    [serviceLink(service.service), delayMark(service.delay)],
    breakerCell(service),
    percent(service.success_rate, service.null_reasons?.success_rate),
    milliseconds(service.p99_latency, service.null_reasons?.p99_latency),
    perSecond(service.requests_per_second),
    el('small', {}, service.windows['1m'].reporter),
  ]);
  const headings = [
    ['service', 'text'],
    ['breaker', 'text'],
    ['success rate, 1\u00a0m'],
    ['p99, 1\u00a0m'],
    ['requests/s'],
    ['reported by', 'text'],
  ];
  const names = services.map(({ service }) => serviceKey(service));
  return table(headings, rows, names);
}

function breakerCell({ circuit_breaker_health: state, breaker }) {
  if (breaker === null || breaker.state === 'CLOSED') return badge(state);
  return [
    badge(state, `${breaker.basis}: ${words(breaker.reason)}`),
    el('small', {}, ` ${breaker.basis}, ${ago(breaker.since)}`),
  ];
}

function welcome() {
  const line =
    '[%s] "GET /reviews/0 HTTP/1.1" 200 - 0 48 7 6 "-" "curl" "-" "reviews.default:9080" "10.0.0.7:9080"\\n';
  const command = [
    `printf '${line}' \\`,
    '  "$(date -u +%Y-%m-%dT%H:%M:%S.000Z)" |',
    "  curl -sS -H 'Content-Type: text/plain' --data-binary @- \\",
    `    ${location.origin}/v1/access-logs`,
  ].join('\n');
  return el(
    'div',
    { class: 'table empty' },
    el('p', {}, 'No requests yet. Point a proxy here, or send a line by hand:'),
    el('pre', {}, command),
  );
}

/** A service that is not known is asked for again only after this, ms. */
const ABSENT_MS = 15_000;
let absent = null;

/** One service: windows, who calls it and whom it calls, breakers, examples. */
export async function serviceView(name) {
  if (absent?.name === name && Date.now() - absent.at < ABSENT_MS) return notSeen(name);
  let service;
  try {
    service = await get(`/services/${encodeURIComponent(name)}`);
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
    absent = { name, at: Date.now() };
    return notSeen(name);
  }
  absent = null;
  return {
    as_of: service.as_of,
    content: [
      back(),
      el(
        'h2',
        { class: 'name' },
        serviceName(service.service),
        ' ',
        badge(service.circuit_breaker_health),
        delayMark(service.delay),
      ),
      windowTable(
        'window',
        Object.entries(service.windows).map(([window, stats]) => [window, stats]),
      ),
      ...section('Subsets, 1 m', service.subsets, (rows) =>
        windowTable(
          'subset',
          rows.map(({ subset, windows }) => [subset, windows['1m']]),
        ),
      ),
      ...section('Clusters, 1 m', service.clusters, (rows) =>
        windowTable(
          'cluster',
          rows.map(({ cluster, windows }) => [cluster, windows['1m']]),
        ),
      ),
      ...section('Failovers', service.failovers, failoverTable),
      ...section('Callers, 1 m', service.callers, (rows) =>
        windowTable(
          'caller',
          rows.map(({ source, windows }) => [callerLink(source), windows['1m']]),
        ),
      ),
      ...section('Callees, 1 m', service.callees, (rows) =>
        windowTable(
          'callee',
          rows.map(({ destination, windows }) => [serviceLink(destination), windows['1m']]),
        ),
      ),
      ...section('Breakers', service.breakers, breakerTable),
      ...section('Examples of the last five minutes', service.exemplars, exemplarTable),
    ],
  };
}

const back = () => el('p', { class: 'back' }, el('a', { href: '#/' }, '← all services'));

function notSeen(name) {
  const said = el(
    'p',
    {},
    'No service called ',
    el('strong', {}, name),
    ' was seen in the last hour.',
  );
  return { content: [back(), el('div', { class: 'table empty' }, said)] };
}

function section(title, rows, show) {
  return rows.length === 0 ? [] : [el('h2', {}, title), show(rows)];
}

function windowTable(what, rows) {
  const headings = [
    [what, 'text'],
    ['requests'],
    ['success rate'],
    ['p99'],
    ['failed'],
    ['refused'],
    ['excluded'],
    ['p50'],
    ['p90'],
  ];
  return table(
    headings,
    rows.map(([name, stats]) => {
      const { latency, success_rate } = stats.null_reasons ?? {};
      return [
        name,
        `${stats.requests}`,
        percent(stats.success_rate, success_rate),
        milliseconds(stats.p99_latency, latency),
        count(stats.failures, 'failure'),
        count(stats.refused, 'refused'),
        `${stats.excluded}`,
        milliseconds(stats.p50_latency, latency),
        milliseconds(stats.p90_latency, latency),
      ];
    }),
  );
}

const count = (n, kind) => (n === 0 ? '0' : el('span', { class: kind }, `${n}`));

function breakerTable(breakers) {
  const headings = [
    ['caller', 'text'],
    ['state', 'text'],
    ['since', 'text'],
    ['subset', 'text'],
    ['basis', 'text'],
    ['failed'],
    ['refused'],
  ];
  return table(
    headings,
    breakers.map((one) => [
      one.rollup ? 'all callers' : callerLink(one.source),
      [badge(one.state), one.stale ? el('small', {}, ' no calls to judge') : null],
      el('small', {}, one.since === null ? 'ever' : `${ago(one.since)}: ${words(one.reason)}`),
      one.rollup ? 'all' : (one.subset ?? '–'),
      one.basis,
      `${one.failed} of ${one.calls}`,
      `${one.not_permitted}`,
    ]),
  );
}

function failoverTable(failovers) {
  const headings = [['from', 'text'], ['to', 'text'], ['took'], ['began', 'text']];
  return table(
    headings,
    failovers.map(({ from, to, seconds, began_at }) => [
      from,
      to,
      `${seconds.toFixed(1)} s`,
      el('small', {}, ago(began_at)),
    ]),
  );
}

function exemplarTable(exemplars) {
  const headings = [
    ['when', 'text'],
    ['caller', 'text'],
    ['outcome', 'text'],
    ['code'],
    ['latency'],
    ['request id', 'text'],
  ];
  return table(
    headings,
    exemplars.map((one) => [
      ago(one.at),
      callerLink(one.source),
      el('span', { class: one.outcome }, `${one.outcome}: ${words(one.reason)}`),
      `${one.code}`,
      milliseconds(one.latency_ms),
      el('small', {}, one.request_id ?? one.trace_id ?? '–'),
    ]),
  );
}
