/** Kubernetes' probes, Envoy's health checker, Google's and AWS's load balancers, as they name themselves. */
export const PROBERS = ['kube-probe/', 'Envoy/HC', 'GoogleHC/', 'ELB-HealthChecker/'];

export function isProber(userAgent: string | null): boolean {
  return userAgent !== null && PROBERS.some((prober) => userAgent.startsWith(prober));
}
