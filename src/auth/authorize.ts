import type { Principal, Scope, TokenTable } from './tokens.ts';

/** What a request presents. A token in its path wins over its header: proxies may add headers of their own. */
export interface Credentials {
  /** The `Authorization` header. */
  authorization: string | null;
  /** From `/t/<token>/…`, percent-decoded; ingest only. */
  pathToken: string | null;
}

export type Authorization =
  | { allowed: true; principal: Principal }
  | {
      allowed: false;
      code: 'unauthenticated' | 'insufficient_scope';
      status: 401 | 403;
      /** Value of the `WWW-Authenticate` header. */
      challenge: string;
      message: string;
    };

/** Answers by RFC 6750 section 3: 401 without a known token, 403 with one that lacks the scope. */
export function authorize(
  table: TokenTable,
  credentials: Credentials,
  scope: Scope,
): Authorization {
  const presented = credentials.pathToken ?? bearerToken(credentials.authorization);
  const principal = table.authenticate(presented);
  if (principal === null) {
    return {
      allowed: false,
      code: 'unauthenticated',
      status: 401,
      // RFC 6750 3.1: no error code where the request carries no authentication at all.
      challenge:
        presented === null ? REALM : `${REALM}, error="invalid_token", error_description="unknown"`,
      message: presented === null ? missing(scope) : 'the token sent is not known here',
    };
  }
  if (!principal.scopes.includes(scope)) {
    return {
      allowed: false,
      code: 'insufficient_scope',
      status: 403,
      challenge: `${REALM}, error="insufficient_scope", scope="${scope}"`,
      message: `the token of provider ${principal.provider} has the scopes ${
        principal.scopes.join(', ') || '(none)'
      }, this needs ${scope}`,
    };
  }
  return { allowed: true, principal };
}

function missing(scope: Scope): string {
  const path = scope === 'ingest' ? ', or post to /t/<token>/...' : '';
  return `no token was sent; send Authorization: Bearer <token>${path}`;
}

const REALM = 'Bearer realm="meshpulse"';

/** The token of `Authorization: Bearer <token>` (RFC 6750 2.1, the scheme in any case), else null. */
export function bearerToken(authorization: string | null): string | null {
  return /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1] ?? null;
}
