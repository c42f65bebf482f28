#!/usr/bin/env node
/**
 * kubelet CLUSTER
 *
 * Complements kwok for the pods of a simulated cluster. It runs the certificate Job's program, and identifies the pod
 * to programs that run in it.
 */
import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import { parse } from 'yaml';
import { Api } from './api';
import { adminConfig, program } from '../simulated-cluster';

const cluster = process.argv[2];
const environment = process.env.ACCEPTANCE_ENVIRONMENT!;
const api = new Api(adminConfig(environment, cluster));
const known = new Set<string>();

/** The effects of a pod's start. */
async function start(pod: any): Promise<void> {
  const certificates = pod.spec.containers
    .flatMap((container: any) => container.env ?? [])
    .find((each: any) => each.name === 'CILIUM_CERTGEN_CONFIG');
  if (certificates) {
    await sign(parse(certificates.value).certs);
  }
  if (pod.metadata.labels?.['io.cilium/app'] === 'operator') {
    await installCrds();
  }
  await describeExec(pod);
}

/** As Cilium's operator does when it starts. */
async function installCrds(): Promise<void> {
  const folder = path.join(environment, 'crds');
  for (const file of fs.readdirSync(folder).sort()) {
    const crd = parse(fs.readFileSync(path.join(folder, file), 'utf8'));
    await api.apply(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${crd.metadata.name}`, crd);
  }
}

/** Programs in the pod find its identity in their environment (kwok's own answer is the same for all pods). */
async function describeExec(pod: any): Promise<void> {
  const { name, namespace, uid } = pod.metadata;
  const envs = Object.entries({ CLUSTER: cluster, POD_NAMESPACE: namespace, POD: name, WORKLOAD: workload(pod) }).map(
    ([key, value]) => ({ name: key, value }),
  );
  await api.apply(`/apis/kwok.x-k8s.io/v1alpha1/namespaces/${namespace}/execs/${name}`, {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Exec',
    metadata: { name, namespace, ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name, uid }] },
    spec: { execs: [{ local: { envs } }] },
  });
}

/** A Deployment's pods are named <deployment>-<hash of the template>-<suffix>. */
function workload({ metadata: { name, labels, ownerReferences } }: any): string {
  const owner = ownerReferences?.[0];
  return owner?.kind === 'ReplicaSet'
    ? owner.name.replace(new RegExp(`-${labels['pod-template-hash']}$`), '')
    : (owner?.name ?? name);
}

/**
 * Signs like `cilium-certgen --ca-reuse-secret`: with the cluster's authority, into the Secrets that the Job's
 * configuration names.
 */
async function sign(certs: readonly any[]): Promise<void> {
  const secret = await api.get('/api/v1/namespaces/kube-system/secrets/cilium-ca');
  const text = (data: string) => Buffer.from(data, 'base64').toString();
  const ca = { certificate: text(secret.data['ca.crt']), key: text(secret.data['ca.key']) };
  const { status, stdout, stderr } = spawnSync(program('certificates'), {
    encoding: 'utf8',
    input: JSON.stringify({ ca, certs }),
  });
  if (status !== 0) {
    throw new Error(stderr);
  }
  const signed: Array<{ certificate: string; key: string }> = JSON.parse(stdout);
  const base64 = (value: string) => Buffer.from(value).toString('base64');
  for (const [index, { certificate, key }] of signed.entries()) {
    const { name, namespace } = certs[index];
    await api.apply(`/api/v1/namespaces/${namespace}/secrets/${name}`, {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/tls',
      metadata: { name, namespace },
      data: { 'ca.crt': secret.data['ca.crt'], 'tls.crt': base64(certificate), 'tls.key': base64(key) },
    });
  }
}

/** Watches the pods until this process stops. It starts again after the API server was away. */
async function main(): Promise<void> {
  for (;;) {
    try {
      await api.watch('/api/v1/pods', pod => {
        if (pod.spec.nodeName && !pod.metadata.deletionTimestamp && !known.has(pod.metadata.uid)) {
          known.add(pod.metadata.uid);
          // a namespace in deletion accepts no new object; the log shows real problems
          start(pod).catch(error => console.error(`${pod.metadata.namespace}/${pod.metadata.name}: ${error.message}`));
        }
      });
    } catch (error) {
      console.error((error as Error).message);
    }
    await new Promise(resolve => setTimeout(resolve, 500));
  }
}

void main();
