import protobuf from 'protobufjs';

/** The messages of OTLP logs that matter here, by the field numbers of opentelemetry-proto. */
const PROTO = `
  syntax = "proto3";
  package otlp;
  message ExportLogsServiceRequest { repeated ResourceLogs resource_logs = 1; }
  message ResourceLogs { Resource resource = 1; repeated ScopeLogs scope_logs = 2; string schema_url = 3; }
  message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
  message ScopeLogs { Scope scope = 1; repeated LogRecord log_records = 2; }
  message Scope { string name = 1; string version = 2; }
  message LogRecord {
    fixed64 time_unix_nano = 1;
    int32 severity_number = 2;
    string severity_text = 3;
    AnyValue body = 5;
    repeated KeyValue attributes = 6;
    uint32 dropped_attributes_count = 7;
    fixed32 flags = 8;
    bytes trace_id = 9;
    bytes span_id = 10;
    fixed64 observed_time_unix_nano = 11;
  }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue {
    oneof value {
      string string_value = 1;
      bool bool_value = 2;
      int64 int_value = 3;
      double double_value = 4;
      ArrayValue array_value = 5;
      KeyValueList kvlist_value = 6;
      bytes bytes_value = 7;
    }
  }
  message ArrayValue { repeated AnyValue values = 1; }
  message KeyValueList { repeated KeyValue values = 1; }
`;

const root = protobuf.parse(PROTO).root;
const requestType = root.lookupType('otlp.ExportLogsServiceRequest');
const recordType = root.lookupType('otlp.LogRecord');

export type Value =
  | { stringValue: string }
  | { boolValue: boolean }
  | { intValue: string | number }
  | { doubleValue: number }
  | { bytesValue: string }
  | { arrayValue: { values: Value[] } }
  | { kvlistValue: { values: Pair[] } };

export interface Pair {
  key: string;
  value?: Value;
}

/** OTLP/JSON's shape. 64-bit integers are strings, ids hexadecimal. */
export interface LogRecord {
  timeUnixNano?: string;
  observedTimeUnixNano?: string;
  severityNumber?: number;
  severityText?: string;
  body?: Value;
  attributes?: Pair[];
  flags?: number;
  traceId?: string;
  spanId?: string;
}

export interface LogsRequest {
  resourceLogs: {
    resource?: { attributes?: Pair[] };
    scopeLogs: { scope?: { name: string }; logRecords: LogRecord[] }[];
  }[];
}

/** The request as protobufjs encodes it. */
export function encodeRequest(request: LogsRequest): Uint8Array {
  return new Uint8Array(requestType.encode(requestType.fromObject(binaryIds(request))).finish());
}

export function encodeRecord(record: LogRecord): Uint8Array {
  return new Uint8Array(recordType.encode(recordType.fromObject(binaryIds(record))).finish());
}

export const text = (stringValue: string): Value => ({ stringValue });

export const pairs = (values: Record<string, string | number>): Pair[] =>
  Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === 'string' ? text(value) : { intValue: value },
  }));

/** One resource, one scope, these records. */
export function requestOf(logRecords: LogRecord[], resource: Record<string, string> = {}) {
  return {
    resourceLogs: [{ resource: { attributes: pairs(resource) }, scopeLogs: [{ logRecords }] }],
  } satisfies LogsRequest;
}

function binaryIds<T extends object>(message: T): T {
  return JSON.parse(JSON.stringify(message), (key, value) =>
    (key === 'traceId' || key === 'spanId') && typeof value === 'string'
      ? Buffer.from(value, 'hex').toString('base64')
      : value,
  ) as T;
}
