import { get, getAll } from './api.js';
import {
  ago,
  badge,
  el,
  milliseconds,
  percent,
  perSecond,
  serviceLink,
  table,
  words,
} from './show.js';

/** The list of services; also says when the numbers are from. */
export async function servicesView() {
  const { services, as_of } = await getAll('/services', 'services');
  if (services.length === 0) return { as_of, content: [welcome()] };
  const rows = services.map((service) => [
    serviceLink(service.service),
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
  return { as_of, content: [table(headings, rows)] };
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

/** One service: windows, who calls it and whom it calls, breakers, examples. */
export async function serviceView(name) {
  const service = await get(`/services/${encodeURIComponent(name)}`);
  return {
    as_of: service.as_of,
    content: [
      el('p', { class: 'back' }, el('a', { href: '#/' }, '← all services')),
      el('h2', { class: 'name' }, service.service, ' ', badge(service.circuit_breaker_health)),
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
      ...section('Callers, 1 m', service.callers, (rows) =>
        windowTable(
          'caller',
          rows.map(({ source, windows }) => [serviceLink(source), windows['1m']]),
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

function section(title, rows, show) {
  return rows.length === 0 ? [] : [el('h2', {}, title), show(rows)];
}

function windowTable(what, rows) {
  const headings = [
    [what, 'text'],
    ['requests'],
    ['failed'],
    ['refused'],
    ['excluded'],
    ['success rate'],
    ['p50'],
    ['p90'],
    ['p99'],
  ];
  return table(
    headings,
    rows.map(([name, stats]) => {
      const { latency, success_rate } = stats.null_reasons ?? {};
      return [
        name,
        `${stats.requests}`,
        count(stats.failures, 'failure'),
        count(stats.refused, 'refused'),
        `${stats.excluded}`,
        percent(stats.success_rate, success_rate),
        milliseconds(stats.p50_latency, latency),
        milliseconds(stats.p90_latency, latency),
        milliseconds(stats.p99_latency, latency),
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
      one.rollup ? 'all callers' : serviceLink(one.source),
      [badge(one.state), one.stale ? el('small', {}, ' no calls to judge') : null],
      el('small', {}, one.since === null ? 'ever' : `${ago(one.since)}: ${words(one.reason)}`),
      one.rollup ? 'all' : (one.subset ?? '–'),
      one.basis,
      `${one.failed} of ${one.calls}`,
      `${one.not_permitted}`,
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
      serviceLink(one.source),
      el('span', { class: one.outcome }, `${one.outcome}: ${words(one.reason)}`),
      `${one.code}`,
      milliseconds(one.latency_ms),
      el('small', {}, one.request_id ?? one.trace_id ?? '–'),
    ]),
  );
}
