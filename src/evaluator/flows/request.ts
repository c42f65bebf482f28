import { EndpointDecision, FlowDecision } from './flow';
import { dnsVerdict, HttpRequest, httpVerdict, ProxyVerdict } from '../engine/http';

/** A request of a client through a proxy. */
export type Request =
  { readonly kind: 'http'; readonly http: HttpRequest } | { readonly kind: 'dns'; readonly name: string };

/** Decides a request at one endpoint that redirects its flow to a proxy; undefined for other endpoints. */
export function decideRequest({ verdict, ...decision }: EndpointDecision, request: Request): ProxyVerdict | undefined {
  if (verdict !== 'redirected') {
    return undefined;
  }
  return request.kind === 'http'
    ? httpVerdict({ ...decision, verdict }, request.http)
    : dnsVerdict({ ...decision, verdict }, request.name);
}

/**
 * Decides a request of an allowed flow: the proxies of both endpoints must allow it. Undefined if Cilium drops the
 * flow, or redirects it to no proxy.
 */
export function decideFlowRequest(
  { verdict, egress, ingress }: FlowDecision,
  request: Request,
): ProxyVerdict | undefined {
  const verdicts = verdict === 'denied' ? [] : [egress, ingress].flatMap(each => decideRequest(each, request) ?? []);
  return verdicts.length === 0
    ? undefined
    : verdicts.includes('denied')
      ? 'denied'
      : verdicts.includes('unknown')
        ? 'unknown'
        : 'allowed';
}
