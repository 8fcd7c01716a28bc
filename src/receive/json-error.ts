import type { RefusalAnswer } from './door.ts';
import { failure, type Refusal, refusalHeaders } from './errors.ts';

/** The error shape of every answer that no protocol has its own shape for. */
export interface JsonError {
  error: {
    code: string;
    message: string;
    request_id: string;
    /** Where the code is explained. */
    docs: string;
  };
}

/** @param docs address of docs/failure-modes.md, which has an anchor per code */
export function jsonRefusal(refusal: Refusal, requestId: string, docs: string): RefusalAnswer {
  const body: JsonError = {
    error: {
      code: refusal.code,
      message: refusal.message,
      request_id: requestId,
      docs: `${docs}#${refusal.code}`,
    },
  };
  return {
    status: failure(refusal.code).status,
    headers: { ...refusalHeaders(refusal), 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}
