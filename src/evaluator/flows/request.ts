import { EndpointDecision } from './flow';
import { dnsVerdict, HttpRequest, httpVerdict, ProxyVerdict } from '../engine/http';

/** A request of a client through a proxy. */
export type Request =
  { readonly kind: 'http'; readonly http: HttpRequest } | { readonly kind: 'dns'; readonly name: string };

/** Decides a request of a flow that Cilium redirects to a proxy; undefined for other flows. */
export function decideRequest({ verdict, ...decision }: EndpointDecision, request: Request): ProxyVerdict | undefined {
  if (verdict !== 'redirected') {
    return undefined;
  }
  return request.kind === 'http'
    ? httpVerdict({ ...decision, verdict }, request.http)
    : dnsVerdict({ ...decision, verdict }, request.name);
}
