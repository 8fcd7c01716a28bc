/** The kinds of input; a label of the accounting counters. Order travels on the stream: append only. */
export const INPUTS = ['access_logs', 'otlp_logs', 'zipkin_spans'] as const;
export type Input = (typeof INPUTS)[number];

/** Why an input record could not be read. */
export type DeadLetterReason =
  | 'malformed_json'
  | 'malformed_protobuf'
  | 'unknown_format'
  | 'wrong_field_count'
  | 'bad_timestamp'
  | 'bad_number'
  | 'missing_field'
  | 'too_long'
  | 'empty_record';

/** Why a readable record makes no request event, decided at the door. */
export type NotARequestReason =
  | 'client_span'
  | 'messaging_span'
  | 'span_without_kind'
  | 'incomplete_span';

export type CountsByReason = Record<string, number>;
