/** Names of the public API, which jsii carries into other languages. */
import { PublicApi, readPublicApi } from '../tools/public-api';

/** Words that cannot be names of arguments, fields or methods. jsii would rename those: `global_`, `Type_`. */
const RESERVED: { readonly [language: string]: string } = {
  Python:
    'False None True and as assert async await break class continue def del elif else except finally for from global ' +
    'if import in is lambda nonlocal not or pass raise return try while with yield self',
  Java:
    'abstract assert boolean break byte case catch char class const continue default do double else enum extends ' +
    'final finally float for goto if implements import instanceof int interface long native new package private ' +
    'protected public return short static strictfp super switch synchronized this throw throws transient try void ' +
    'volatile while true false null getClass hashCode toString notify notifyAll wait finalize clone equals',
  Go:
    'break case chan const continue default defer else fallthrough for func go goto if import interface map package ' +
    'range return select struct switch type var',
};

/** Each public name, with the place where it is. */
function namesOf({ enums, structs, classes }: PublicApi): ReadonlyArray<readonly [name: string, place: string]> {
  return [
    ...Object.entries(enums).flatMap(([name, members]) => [
      [name, name] as const,
      ...Object.keys(members).map(member => [member, `${name}.${member}`] as const),
    ]),
    ...Object.entries(structs).flatMap(([name, properties]) => [
      [name, name] as const,
      ...properties.map(property => [property.name, `${name}.${property.name}`] as const),
    ]),
    ...classes.flatMap(({ name, constructorParameters = [], properties, methods }) => [
      [name, name] as const,
      ...[...constructorParameters, ...properties].map(each => [each.name, `${name}.${each.name}`] as const),
      ...methods.flatMap(method => [
        [method.name, `${name}.${method.name}`] as const,
        ...method.parameters.map(each => [each.name, `${name}.${method.name}(${each.name})`] as const),
      ]),
    ]),
  ];
}

function reservedNames(api: PublicApi): string[] {
  return namesOf(api).flatMap(([name, place]) =>
    Object.entries(RESERVED)
      .filter(([, words]) => words.split(' ').includes(name))
      .map(([language]) => `${place} is reserved in ${language}`),
  );
}

test('a reserved name is found wherever it is', () => {
  const api: PublicApi = {
    enums: { Stage: { class: 'class' } },
    structs: { Props: [{ name: 'global', type: { kind: 'boolean' }, optional: true }] },
    classes: [
      {
        name: 'Port',
        properties: [],
        methods: [
          { name: 'in', static: true, parameters: [{ name: 'type', type: { kind: 'number' }, optional: false }] },
        ],
        isInterface: false,
      },
    ],
  };
  expect(reservedNames(api)).toEqual([
    'Stage.class is reserved in Python',
    'Stage.class is reserved in Java',
    'Props.global is reserved in Python',
    'Port.in is reserved in Python',
    'Port.in(type) is reserved in Go',
  ]);
});

test('no public name is reserved in Python, Java or Go', () => {
  const api = readPublicApi();
  const names = namesOf(api).map(([, place]) => place);
  expect(names).toEqual(expect.arrayContaining(['GlobalServiceProps.isGlobal', 'Port.icmp(icmpType)', 'Entity.ALL']));
  expect(reservedNames(api)).toEqual([]);
});
