import { isDnsLabel } from '../../cilium/kubernetes-names';
import { labelKeyProblem } from '../../cilium/label-syntax';
import { isContainerPortName } from '../../cilium/ports';
import { Protocol } from '../policy/port';
import { PropertyRefusals } from '../property-refusals';

/** A port of a Service. */
export interface ServicePort {
  /** The port of the Service, 1 to 65535. */
  readonly port: number;

  /**
   * Name of the port; required for a Service with several ports.
   * @default - none
   */
  readonly name?: string;

  /**
   * The port of the pods.
   * @default - the same as `port`
   */
  readonly targetPort?: number;

  /**
   * The port of the pods, by its name.
   * @default - see targetPort
   */
  readonly targetPortName?: string;

  /**
   * TCP, UDP or SCTP.
   * @default - the default of Kubernetes, TCP
   */
  readonly protocol?: Protocol;

  /**
   * Node port, for the types NODE_PORT and LOAD_BALANCER.
   * @default - chosen by Kubernetes
   */
  readonly nodePort?: number;

  /**
   * Application protocol: a name such as `http`, or one with a prefix such as `kubernetes.io/h2c`.
   * @default - none
   */
  readonly appProtocol?: string;
}

/** Refuses ports that Kubernetes would refuse. */
export function checkPorts(ports: readonly ServicePort[], refusals: PropertyRefusals): void {
  const names = ports.map(port => port.name);
  ports.forEach((port, index) => {
    const at = `ports[${index}]`;
    for (const property of ['port', 'targetPort', 'nodePort'] as const) {
      const value = port[property];
      if (
        (property === 'port' || value !== undefined) &&
        (!Number.isInteger(value) || value! < 1 || value! > 65535)
      ) {
        refusals.add(
          'port-invalid',
          `${at}.${property}`,
          'invalid port',
          value,
          'a whole number from 1 to 65535',
          'correct the port',
        );
      }
    }
    if (port.targetPortName !== undefined && !isContainerPortName(port.targetPortName)) {
      refusals.add(
        'port-name-invalid',
        `${at}.targetPortName`,
        'invalid port name',
        port.targetPortName,
        '1 to 15 lower-case letters, digits and single dashes, with at least one letter',
        'correct the name',
      );
    }
    if (port.name !== undefined && !isDnsLabel(port.name)) {
      refusals.add(
        'port-name-invalid',
        `${at}.name`,
        'invalid name of a Service port',
        port.name,
        'at most 63 lower-case letters, digits and dashes, with a letter or digit at both ends',
        'correct the name',
      );
    }
    const problem = port.appProtocol === undefined ? undefined : labelKeyProblem(port.appProtocol);
    if (problem !== undefined) {
      // validateServicePort of Kubernetes calls IsQualifiedName (pkg/apis/core/validation/validation.go)
      refusals.add(
        'app-protocol-invalid',
        `${at}.appProtocol`,
        `the application protocol ${problem}`,
        port.appProtocol,
        'a name of at most 63 letters, digits, dashes, underscores and dots, with or without a DNS prefix',
        'correct the name, or remove appProtocol',
      );
    }
    if (port.targetPort !== undefined && port.targetPortName !== undefined) {
      refusals.add(
        'target-port-twice',
        `${at}.targetPort`,
        'targetPort and targetPortName both name the port of the pods',
        port,
        'targetPort or targetPortName',
        'remove one of the two',
      );
    }
    if (port.protocol === Protocol.ANY) {
      refusals.add(
        'service-protocol',
        `${at}.protocol`,
        'each port of a Service has one protocol',
        port.protocol,
        'TCP, UDP, SCTP',
        'write one port for each protocol',
      );
    }
    const isTwice = (key: 'port' | 'nodePort') =>
      port[key] !== undefined &&
      ports.findIndex(each => each[key] === port[key] && protocolOf(each) === protocolOf(port)) < index;
    for (const property of (['port', 'nodePort'] as const).filter(isTwice)) {
      refusals.add(
        'port-duplicate',
        `${at}.${property}`,
        `another port of the Service has the same ${property} and protocol, and the API server refuses it`,
        `${protocolOf(port)}/${port[property]}`,
        'one port of a number and protocol',
        'remove one of the two ports, or correct the number',
      );
    }
    if (ports.length > 1 && port.name === undefined) {
      refusals.add(
        'port-name-missing',
        `${at}.name`,
        'Kubernetes requires a name for each port of a Service with several ports',
        port.name,
        'a name',
        'name the port',
      );
    } else if (port.name !== undefined && names.indexOf(port.name) !== index) {
      refusals.add(
        'port-name-duplicate',
        `${at}.name`,
        'another port has the same name',
        port.name,
        'a name that no other port has',
        'rename one of the two ports',
      );
    }
  });
}

function protocolOf({ protocol }: ServicePort): Protocol {
  return protocol ?? Protocol.TCP;
}
