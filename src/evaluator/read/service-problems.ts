import { ObjectProblem } from './object-problem';
import { timeProblems } from './object-times';
import { isPresent } from './policy/field-reader';
import { SERVICE_TYPES } from './service';
import { isContainerPortName, isPort } from '../../cilium/ports';
import { isTypingError } from '../../diagnostics/did-you-mean';
import { isMap } from '../../diagnostics/is-map';
import { formatAlternatives, formatValue } from '../../diagnostics/texts';

/** Fields of a Service (staging/src/k8s.io/api/core/v1/types.go of Kubernetes, v1.36.3). */
const FIELDS = [
  'allocateLoadBalancerNodePorts',
  'clusterIP',
  'clusterIPs',
  'externalIPs',
  'externalName',
  'externalTrafficPolicy',
  'healthCheckNodePort',
  'internalTrafficPolicy',
  'ipFamilies',
  'ipFamilyPolicy',
  'loadBalancerClass',
  'loadBalancerIP',
  'loadBalancerSourceRanges',
  'ports',
  'publishNotReadyAddresses',
  'selector',
  'sessionAffinity',
  'sessionAffinityConfig',
  'trafficDistribution',
  'type',
];
const PORT_FIELDS = ['appProtocol', 'name', 'nodePort', 'port', 'protocol', 'targetPort'];

const PROTOCOLS = ['TCP', 'UDP', 'SCTP'];

const VALUES: { readonly [field: string]: readonly string[] } = {
  type: SERVICE_TYPES,
  internalTrafficPolicy: ['Cluster', 'Local'],
  externalTrafficPolicy: ['Cluster', 'Local'],
  sessionAffinity: ['None', 'ClientIP'],
};

/**
 * What the API server refuses in a Service, of the parts that decide about its backends (ValidateService,
 * pkg/apis/core/validation of Kubernetes, v1.36.3). A field without a value counts as missing. Fields that it does not
 * know are problems only if they are nearly one of its own.
 */
export function serviceProblems(object: any): ObjectProblem[] {
  return [...timeProblems(object), ...specProblems(object)];
}

function specProblems({ spec }: any): ObjectProblem[] {
  if (!isMap(spec)) {
    return isPresent(spec)
      ? [
        {
          path: 'spec',
          message: `spec must be an object, got ${formatValue(spec)}`,
          fix: 'write the spec as an object',
        },
      ]
      : [];
  }
  return [
    ...mistypedFields(spec, 'spec', FIELDS),
    ...Object.entries(VALUES).flatMap(([field, allowed]) => valueProblems(spec[field], `spec.${field}`, allowed)),
    ...selectorProblems(spec.selector),
    ...portsProblems(spec.ports),
  ];
}

function mistypedFields(fields: object, path: string, known: readonly string[]): ObjectProblem[] {
  return Object.keys(fields)
    .filter(field => !known.includes(field))
    .flatMap(field => {
      const meant = known.find(each => isTypingError(field, each));
      return meant === undefined
        ? []
        : [
          {
            path: `${path}.${field}`,
            message: `a Service has no field ${path}.${field} (did you mean ${formatValue(meant)}?)`,
            fix: `write ${meant}`,
          },
        ];
    });
}

function valueProblems(value: unknown, path: string, allowed: readonly string[]): ObjectProblem[] {
  return !isPresent(value) || allowed.some(each => each === value)
    ? []
    : [
      {
        path,
        message: `${path} must be one of ${formatAlternatives(allowed)}, got ${formatValue(value)}`,
        fix: `write one of ${formatAlternatives(allowed)}`,
      },
    ];
}

function selectorProblems(selector: unknown): ObjectProblem[] {
  if (!isPresent(selector)) {
    return [];
  }
  if (!isMap(selector)) {
    return [
      {
        path: 'spec.selector',
        message: `spec.selector must be labels, got ${formatValue(selector)}`,
        fix: 'write the labels of the pods, such as app: web',
      },
    ];
  }
  return Object.entries(selector)
    .filter(([, value]) => typeof value !== 'string')
    .map(([key, value]) => ({
      path: `spec.selector[${JSON.stringify(key)}]`,
      message: `the label ${key} of the selector must be a text, got ${formatValue(value)}`,
      fix: `write the value in quotes: ${key}: ${formatValue(String(value))}`,
    }));
}

function portsProblems(ports: unknown): ObjectProblem[] {
  if (!isPresent(ports)) {
    return [];
  }
  if (!Array.isArray(ports)) {
    return [
      {
        path: 'spec.ports',
        message: `spec.ports must be a list, got ${formatValue(ports)}`,
        fix: 'write a list, such as [{port: 80}]',
      },
    ];
  }
  return ports.flatMap((port, index) => {
    const path = `spec.ports[${index}]`;
    if (!isMap(port)) {
      return [
        {
          path,
          message: `${path} must be an object, got ${formatValue(port)}`,
          fix: 'write an object, such as {port: 80}',
        },
      ];
    }
    const mistyped = mistypedFields(port, path, PORT_FIELDS);
    const isNumber = isPort(port.port) || (port.port === undefined && mistyped.length > 0);
    return [
      ...mistyped,
      ...(isNumber ? [] : [portProblem(`${path}.port`, port.port, 'a number from 1 to 65535')]),
      ...(isTargetPort(port.targetPort)
        ? []
        : [portProblem(`${path}.targetPort`, port.targetPort, 'a number from 1 to 65535, or the name of a port')]),
      ...valueProblems(port.protocol, `${path}.protocol`, PROTOCOLS),
    ];
  });
}

function portProblem(path: string, value: unknown, allowed: string): ObjectProblem {
  return { path, message: `${path} must be ${allowed}, got ${formatValue(value)}`, fix: `write ${allowed}` };
}

/** A number, or the name of a port. Without one, or with 0, it is the port of the Service. */
function isTargetPort(value: unknown): boolean {
  return !isPresent(value) || value === '' || value === 0 || isPort(value) || isContainerPortName(value);
}
