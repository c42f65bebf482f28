import { Forwarded } from './hubble';

/** Finds the cluster of the pod with an address. */
export type ClusterOf = (address: string) => string | undefined;

/** The connections of clients to a service, as Hubble saw them leave: after the backend was chosen. */
export class Connections {
  /** The cluster of each connection, by the client's address and port. */
  private readonly byClient = new Map<string, Map<number, string>>();

  constructor(forwarded: readonly Forwarded[], ports: readonly number[], clusterOf: ClusterOf) {
    for (const { source, sourcePort, destination, port, protocol } of forwarded) {
      const cluster = clusterOf(destination);
      if (protocol === 'TCP' && sourcePort !== undefined && cluster !== undefined && ports.includes(port ?? 0)) {
        this.byClient.set(source, (this.byClient.get(source) ?? new Map<number, string>()).set(sourcePort, cluster));
      }
    }
  }

  /** The cluster that a client's connection went to; undefined for one that Hubble did not see. */
  public clusterOf(client: string, port: number | undefined): string | undefined {
    return port === undefined ? undefined : this.byClient.get(client)?.get(port);
  }

  /** The clusters that the connections of clients went to, one for each connection. */
  public clusters(clients: readonly string[]): readonly string[] {
    return [...new Set(clients)].flatMap(client => [...(this.byClient.get(client)?.values() ?? [])]);
  }
}
