import { namespacedService } from './service-name.ts';

const ISTIO_SPIFFE = /^spiffe:\/\/[^/]+\/ns\/([^/]+)\/sa\/([^/]+)$/;

/**
 * The caller that an Istio workload certificate names: `spiffe://td/ns/NS/sa/SA` is `SA.NS`.
 * Of several SANs, joined by commas as Envoy prints them, the first of this form counts; null for none.
 */
export function serviceOfSpiffe(uriSan: string | null): string | null {
  if (uriSan === null) return null;
  for (const uri of uriSan.split(',')) {
    const [, namespace, account] = ISTIO_SPIFFE.exec(uri.trim()) ?? [];
    if (namespace !== undefined && account !== undefined) {
      return namespacedService(account, namespace);
    }
  }
  return null;
}
