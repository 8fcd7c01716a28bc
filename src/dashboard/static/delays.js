import { el } from './show.js';

/** More numbers than these nobody reads. */
const MOST_NAMED = 8;

/** The line that says how late what is shown is, or nothing. `delays` as every list of the API has them. */
export function delayLines(delays) {
  if (delays.length === 0) return [];
  const seconds = Math.max(...delays.map((delay) => delay.seconds));
  const waiting = delays.reduce((sum, { lag }) => sum + (lag ?? 0), 0);
  const behind = waiting > 0 ? `, ${waiting.toLocaleString('en')} records to go` : '';
  const line = el(
    'p',
    { class: 'delay' },
    el('strong', {}, `Data delayed by ${span(seconds)}`),
    ` (${partitions(delays)}${behind}): ${[...new Set(delays.map(why))].join('; ')}`,
  );
  return [line];
}

/** Beside the name of a service whose numbers are old. */
export function delayMark(delay) {
  if (delay === null) return null;
  return el('small', { class: 'delayed', title: why(delay) }, ` delayed by ${span(delay.seconds)}`);
}

const WHY = {
  behind: 'what comes is counted, but late',
  not_read: 'nobody counts what comes',
  stream_unavailable: 'the stream does not answer',
};
const why = ({ reason }) => WHY[reason] ?? reason;

function partitions(delays) {
  const named = delays.slice(0, MOST_NAMED).map(({ partition }) => partition);
  const more = delays.length - named.length;
  const rest = more > 0 ? ` and ${more} more` : '';
  return `partition${delays.length === 1 ? '' : 's'} ${named.join(', ')}${rest}`;
}

function span(seconds) {
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
