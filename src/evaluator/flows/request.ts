import { EndpointDecision } from './flow';
import { dnsVerdict, HttpRequest, httpVerdict, ProxyVerdict } from '../engine/http';

/** What a client asks through a proxy. */
export type Request =
  | { readonly kind: 'http'; readonly http: HttpRequest }
  | { readonly kind: 'dns'; readonly name: string };

/** Decides a request where its flow is redirected to a proxy; undefined where it is not. */
export function decideRequest({ verdict, ...decision }: EndpointDecision, request: Request): ProxyVerdict | undefined {
  if (verdict !== 'redirected') {
    return undefined;
  }
  return request.kind === 'http' ? httpVerdict({ ...decision, verdict }, request.http) : dnsVerdict({ ...decision, verdict }, request.name);
}
