/** Numbers and elements. What is not known shows as a dash with its reason, never as 0. */

/** An element; text children are text, never markup: names come from outside. */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.flat().filter((child) => child !== null));
  return element;
}

const REASONS = {
  no_requests: 'no requests',
  too_few_requests: 'under 100 requests',
  no_latencies: 'no latencies logged',
  no_breaker: 'no calls to judge',
};

export function unknown(reason) {
  return el('span', { class: 'none', title: REASONS[reason] ?? reason ?? 'unknown' }, '–');
}

export function percent(rate, reason) {
  if (rate === null) return unknown(reason);
  // 99.96 % must not read as 100 %.
  const text = rate === 1 ? '100' : (Math.floor(rate * 10000) / 100).toFixed(2);
  return el(
    'span',
    { class: rate < 0.9 ? 'failing' : rate < 1 ? 'degraded' : 'healthy' },
    `${text} %`,
  );
}

export function milliseconds(ms, reason) {
  if (ms === null) return unknown(reason);
  return ms >= 1000 ? `${(ms / 1000).toFixed(2)} s` : `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
}

export function perSecond(rate) {
  return rate >= 10 ? rate.toFixed(0) : rate.toFixed(1);
}

export function badge(state, title) {
  if (state === null) return unknown('no_breaker');
  return el('span', { class: `badge ${state}`, title }, state.replace('_', '-'));
}

export function ago(instant, now = Date.now()) {
  if (instant === null) return '';
  const seconds = Math.max(0, Math.round((now - Date.parse(instant)) / 1000));
  if (seconds < 90) return `${seconds} s ago`;
  return seconds < 5400
    ? `${Math.round(seconds / 60)} min ago`
    : `${Math.round(seconds / 3600)} h ago`;
}

export function words(reason) {
  return reason === null ? '' : reason.replaceAll('_', ' ');
}

/** What stands for the names beyond the aggregate's bounds. */
const OTHER = '@other';

/** What a called service is asked for by. */
export const serviceKey = (service) => service ?? '@unknown';

/** A called service; null when the records do not name it. */
export function serviceName(service) {
  if (service === null) return 'not known';
  return service === OTHER ? 'others' : service;
}

const link = (key, text) => el('a', { href: `#/services/${encodeURIComponent(key)}` }, text);

export const serviceLink = (service) => link(serviceKey(service), serviceName(service));

/** A caller; of those that are not known, or did not fit, there is no more to see. */
export function callerLink(caller) {
  if (caller === null) return unknown('caller not known');
  return caller === OTHER ? 'others' : link(caller, caller);
}

/** `keys`, one a row: a row that changes its place stays the same element. */
export function table(headings, rows, keys = []) {
  const head = el(
    'tr',
    {},
    headings.map(([text, kind]) => el('th', { class: kind, scope: 'col' }, text)),
  );
  const body = rows.map((cells, at) =>
    el(
      'tr',
      { 'data-key': keys[at] },
      cells.map((cell, i) => el('td', { class: headings[i][1] }, cell)),
    ),
  );
  return el(
    'div',
    { class: 'table' },
    el('table', {}, el('thead', {}, head), el('tbody', {}, body)),
  );
}

/** Makes what is in `parent` look like `fresh`. What is alike stays: focus, selection and a click outlive it. */
export function redraw(parent, fresh) {
  const focused = document.activeElement;
  arrange(parent, fresh);
  const there = [...parent.childNodes];
  fresh.forEach((node, i) => {
    const old = there[i];
    if (old === undefined) parent.append(node);
    else if (old.nodeName !== node.nodeName) old.replaceWith(node);
    else if (old.nodeType === Node.TEXT_NODE) {
      if (old.data !== node.data) old.data = node.data;
    } else {
      copyAttributes(old, node);
      redraw(old, [...node.childNodes]);
    }
  });
  for (const left of there.slice(fresh.length)) left.remove();
  // An element that is moved loses the focus.
  if (focused !== document.activeElement && focused?.isConnected) {
    focused.focus({ preventScroll: true });
  }
}

/** Brings the children that have keys into the order of `fresh`, and makes room where it has new ones. */
function arrange(parent, fresh) {
  if (!fresh.some((node) => node.dataset?.key !== undefined)) return;
  const wanted = new Set(fresh.map((node) => node.dataset?.key));
  const there = new Map();
  for (const old of [...parent.children]) {
    if (wanted.has(old.dataset.key)) there.set(old.dataset.key, old);
    else old.remove();
  }
  fresh.forEach((node, i) => {
    const place = parent.childNodes[i] ?? null;
    const old = there.get(node.dataset.key) ?? node.cloneNode(true);
    if (old !== place) parent.insertBefore(old, place);
  });
}

function copyAttributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}
