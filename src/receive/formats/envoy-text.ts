import type { DeadLetterReason } from '../../model/input.ts';
import { type AccessLogFields, fieldText } from './access-log-fields.ts';

/**
 * The columns behind the request line: `_` is bare, `"` is quoted.
 *
 * - Envoy's default: code flags rx tx duration service-time "xff" "ua" "request-id" "authority" "host"
 * - Istio's default: code flags details termination "transport-failure" rx tx duration service-time "xff" "ua"
 *   "request-id" "authority" "host" cluster local downstream-local downstream-remote sni route
 */
const ENVOY = { shape: '______"""""', quotes: 11 };
const ISTIO = { shape: '____"____"""""______', quotes: 13 };

/** containerd's `<time> stdout F ` or kubectl's `<time> `, then Ambassador's `ACCESS `. All ASCII. */
const PREFIX =
  /^(?:\d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:\d\d) (?:std(?:out|err) [FP] )?)?(?:ACCESS )?/;

/** Method, path (anything at all) and protocol; each may be empty with Envoy's `omit_empty_values`. */
const REQUEST = /^(\S*) (.*) (HTTP\/[\d.]+|-|)$/s;

/** How many characters, all ASCII, of a line stand before its record. */
export function prefixLength(line: string): number {
  return PREFIX.exec(line)?.[0].length ?? 0;
}

/** Whether a text may hold a record: a line that begins like one, or a JSON object. */
export function looksLikeRecord(text: string): boolean {
  const line = text.trimStart();
  const first = line[prefixLength(line)];
  return first === '[' || first === '{';
}

/**
 * Reads one line of Envoy's or Istio's default text format, without its {@link prefixLength}, into `fields`.
 * `unknown_format` when it does not begin like one, `wrong_field_count` when its columns are not exactly those of
 * one of the two: quotes inside fields are not escaped, so what looks like a spare column may be forged.
 */
export function envoyTextFields(line: string, fields: AccessLogFields): DeadLetterReason | null {
  const begin = /^\[([^\] "]*)\] "/.exec(line);
  if (begin === null) return 'unknown_format';
  // Only the request may hold quotes, and it comes first: the columns are counted from the right.
  const { shape, quotes } = line.endsWith('"') ? ENVOY : ISTIO;
  let close = line.length;
  for (let quote = 0; quote < quotes && close >= 0; quote += 1) {
    close = close === 0 ? -1 : line.lastIndexOf('"', close - 1);
  }
  const open = begin[0].length;
  if (close < open) return 'wrong_field_count';
  const request = REQUEST.exec(line.slice(open, close));
  // A request that itself holds `" 200 ` can be read in two ways: someone forges columns.
  if (request === null || /" (?:\d+|-) /.test(request[0])) return 'wrong_field_count';
  const columns = columnsOf(line.slice(close + 1), shape);
  if (columns === null) return 'wrong_field_count';

  const text = (column: number) => fieldText(columns[column]);
  fields.startTime = fieldText(begin[1]);
  fields.method = fieldText(request[1]);
  fields.protocol = fieldText(request[3]);
  fields.responseCode = text(0);
  fields.responseFlags = text(1);
  const istio = shape === ISTIO.shape;
  const skip = istio ? 3 : 0;
  fields.responseCodeDetails = istio ? text(2) : null;
  fields.duration = text(4 + skip);
  fields.userAgent = text(7 + skip);
  fields.requestId = text(8 + skip);
  fields.authority = text(9 + skip);
  fields.upstreamHost = text(10 + skip);
  if (istio) {
    fields.upstreamCluster = text(14);
    fields.downstreamRemoteAddress = text(17);
    fields.requestedServerName = text(18);
  }
  return null;
}

/**
 * Splits ` a b "c d"` into its columns; null when their shape is not `shape`. The last bare column takes the rest:
 * Istio's route names are free text.
 */
function columnsOf(tail: string, shape: string): string[] | null {
  const column = / (?:"([^"]*)"|([^ "]*))/y;
  const columns: string[] = [];
  let end = 0;
  for (const kind of shape) {
    const match = column.exec(tail);
    if (match === null || (kind === '"') !== (match[1] !== undefined)) return null;
    columns.push(match[1] ?? match[2] ?? '');
    end = column.lastIndex;
  }
  return end === tail.length || (tail[end] === ' ' && shape.endsWith('_')) ? columns : null;
}
