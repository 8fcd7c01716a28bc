/** In the order of their numbers (grpc/grpc `doc/statuscodes.md`), without case and separators. */
const NAMES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALIDARGUMENT',
  'DEADLINEEXCEEDED',
  'NOTFOUND',
  'ALREADYEXISTS',
  'PERMISSIONDENIED',
  'RESOURCEEXHAUSTED',
  'FAILEDPRECONDITION',
  'ABORTED',
  'OUTOFRANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATALOSS',
  'UNAUTHENTICATED',
];

const LONGEST = 'RESOURCE_EXHAUSTED'.length;

/** 0–16 from a number's text or a name in camel, snake or upper case; null for anything else. */
export function grpcStatusOf(text: string | null): number | null {
  if (text === null || text === '' || text.length > LONGEST) return null;
  if (/^[0-9]{1,2}$/.test(text)) return Number(text) <= 16 ? Number(text) : null;
  const name = text.replaceAll('_', '').toUpperCase();
  // Envoy and Go spell it with one l.
  const number = NAMES.indexOf(name === 'CANCELED' ? 'CANCELLED' : name);
  return number === -1 ? null : number;
}
