import * as fs from 'fs';
import * as https from 'https';
import * as path from 'path';
import { parse } from 'yaml';

/** A client of a cluster's API server, as an administrator. It is faster than kubectl for each question. */
export class Api {
  private readonly options: https.RequestOptions;
  private readonly server: string;

  constructor(kubeconfig: string) {
    const {
      clusters: [{ cluster }],
      users: [{ user }],
    } = parse(fs.readFileSync(kubeconfig, 'utf8'));
    const read = (holder: any, field: string) =>
      holder[`${field}-data`] !== undefined
        ? Buffer.from(holder[`${field}-data`], 'base64')
        : fs.readFileSync(path.resolve(path.dirname(kubeconfig), holder[field]));
    this.server = cluster.server;
    this.options = {
      ...(cluster['insecure-skip-tls-verify']
        ? { rejectUnauthorized: false }
        : { ca: read(cluster, 'certificate-authority') }),
      cert: read(user, 'client-certificate'),
      key: read(user, 'client-key'),
    };
  }

  /** An object; undefined if it is not found. */
  public async get(url: string): Promise<any> {
    const { status, body } = await this.request('GET', url);
    if (status === 404) {
      return undefined;
    }
    return JSON.parse(expectOk('GET', url, status, body));
  }

  /** Creates or replaces an object. */
  public async apply(url: string, object: unknown): Promise<void> {
    const { status, body } = await this.request(
      'PATCH',
      `${url}?fieldManager=stand-in&force=true`,
      JSON.stringify(object),
      'application/apply-patch+yaml',
    );
    expectOk('PATCH', url, status, body);
  }

  /** Calls back for each object that exists, appears or changes, until the server stops. */
  public async watch(url: string, seen: (object: any) => void): Promise<void> {
    let pending = '';
    await this.request('GET', `${url}?watch=true`, undefined, undefined, data => {
      const lines = (pending + data).split('\n');
      pending = lines.pop()!;
      lines
        .filter(line => line !== '')
        .map(line => JSON.parse(line))
        .filter(({ type }) => type === 'ADDED' || type === 'MODIFIED')
        .forEach(({ object }) => seen(object));
    });
  }

  private request(
    method: string,
    url: string,
    body?: string,
    type?: string,
    onData?: (data: string) => void,
  ): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const request = https.request(
        this.server + url,
        { ...this.options, method, headers: type ? { 'Content-Type': type } : {} },
        response => {
          let text = '';
          response.setEncoding('utf8');
          response.on(
            'data',
            onData ??
              (data => {
                text += data;
              }),
          );
          response.on('error', reject);
          response.on('end', () => resolve({ status: response.statusCode!, body: text }));
        },
      );
      request.on('error', reject);
      request.end(body);
    });
  }
}

function expectOk(method: string, url: string, status: number, body: string): string {
  if (status >= 300) {
    throw new Error(`${method} ${url} gave ${status}: ${body}`);
  }
  return body;
}
