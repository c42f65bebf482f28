/** The public API of the package, as jsii sees it, read from the TypeScript types that src/index.ts exports. */
/* eslint-disable no-bitwise -- the flags of the TypeScript compiler are bits */
import * as path from 'path';
import * as ts from 'typescript';

/** The type of a value that crosses the public API. */
export type ApiType =
  | { readonly kind: 'text' | 'number' | 'boolean' | 'any' | 'nothing' }
  | { readonly kind: 'list' | 'map'; readonly of: ApiType }
  /** An enum, a struct or a class of the package, or a class of cdk8s or constructs. */
  | { readonly kind: 'enum' | 'struct' | 'class'; readonly name: string };

/** A property or a parameter. */
export interface ApiValue {
  readonly name: string;
  readonly type: ApiType;
  readonly optional: boolean;
  /** Whether a parameter takes all further arguments. */
  readonly variadic?: boolean;
}

export interface ApiMethod {
  readonly name: string;
  readonly static: boolean;
  readonly parameters: readonly ApiValue[];
}

export interface ApiClass {
  readonly name: string;
  /** Parameters of the constructor; undefined if it is private, or if the class is an interface. */
  readonly constructorParameters?: readonly ApiValue[];
  readonly properties: readonly ApiValue[];
  readonly methods: readonly ApiMethod[];
  /** Whether it is an interface that users implement. */
  readonly isInterface: boolean;
}

export interface PublicApi {
  readonly enums: Readonly<Record<string, Readonly<Record<string, string | number>>>>;
  readonly structs: Readonly<Record<string, readonly ApiValue[]>>;
  readonly classes: readonly ApiClass[];
}

const ROOT = path.join(__dirname, '..');

/** Reads the API of src/index.ts, without the types of CRDs, whose names are those of the CRDs. */
export function readPublicApi(): PublicApi {
  const program = ts.createProgram([path.join(ROOT, 'src', 'index.ts')], {
    module: ts.ModuleKind.Node20,
    target: ts.ScriptTarget.ES2022,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ['node'],
  });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(path.join(ROOT, 'src', 'index.ts'))!;
  const exported = checker
    .getExportsOfModule(checker.getSymbolAtLocation(source)!)
    .map(symbol => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
  const reader = new Reader(checker);
  const having = (flags: ts.SymbolFlags) => exported.filter(symbol => symbol.flags & flags);
  const interfaces = having(ts.SymbolFlags.Interface).filter(symbol => !(symbol.flags & ts.SymbolFlags.Class));
  return {
    enums: Object.fromEntries(having(ts.SymbolFlags.Enum).map(symbol => [symbol.name, reader.members(symbol)])),
    structs: Object.fromEntries(
      interfaces.filter(({ name }) => !isBehaviour(name)).map(symbol => [symbol.name, reader.properties(symbol)]),
    ),
    classes: [
      ...having(ts.SymbolFlags.Class).map(symbol => reader.class(symbol)),
      ...interfaces
        .filter(({ name }) => isBehaviour(name))
        .map(({ name, ...symbol }) => ({
          name,
          properties: reader.properties(symbol as ts.Symbol),
          methods: reader.signatures(symbol as ts.Symbol),
          isInterface: true,
        })),
    ],
  };
}

/** jsii reads interfaces whose names begin with I as behaviour, and all others as structs. */
function isBehaviour(name: string): boolean {
  return /^I[A-Z]/.test(name);
}

class Reader {
  constructor(private readonly checker: ts.TypeChecker) {}

  public members(symbol: ts.Symbol): Record<string, string | number> {
    const declaration = symbol.declarations!.find(ts.isEnumDeclaration)!;
    return Object.fromEntries(
      declaration.members.map(member => [
        (member.name as ts.Identifier).text,
        this.checker.getConstantValue(member)!,
      ]),
    );
  }

  /** The properties of a struct or an interface, with those that it inherits. */
  public properties(symbol: ts.Symbol): ApiValue[] {
    return this.checker
      .getPropertiesOfType(this.checker.getDeclaredTypeOfSymbol(symbol))
      .filter(property => isPublic(property) && !(property.flags & ts.SymbolFlags.Method))
      .map(property => this.value(property));
  }

  /** The methods of an interface, without those that it inherits. */
  public signatures(symbol: ts.Symbol): ApiMethod[] {
    return symbol
      .declarations!.filter(ts.isInterfaceDeclaration)
      .flatMap(({ members }) => [...members])
      .filter(ts.isMethodSignature)
      .map(method => this.method(method));
  }

  public class(symbol: ts.Symbol): ApiClass {
    const declaration = symbol.declarations!.find(ts.isClassDeclaration)!;
    const own = declaration.members.filter(member => isPublicMember(member));
    const constructors = declaration.members.filter(ts.isConstructorDeclaration);
    const first = constructors[0];
    const isHidden = first !== undefined && !isPublicMember(first);
    return {
      name: symbol.name,
      ...(isHidden ? {} : { constructorParameters: first ? this.parameters(first) : [] }),
      properties: [
        ...own
          .filter(member => ts.isPropertyDeclaration(member) || ts.isGetAccessor(member))
          .map(member => this.value(this.checker.getSymbolAtLocation(member.name!)!)),
        ...(first?.parameters ?? [])
          .filter(parameter => ts.isParameterPropertyDeclaration(parameter, first) && isPublicMember(parameter, true))
          .map(parameter => this.value(this.checker.getSymbolAtLocation(parameter.name)!)),
      ],
      methods: own.filter(ts.isMethodDeclaration).map(method => this.method(method)),
      isInterface: false,
    };
  }

  private method(declaration: ts.MethodDeclaration | ts.MethodSignature): ApiMethod {
    return {
      name: (declaration.name as ts.Identifier).text,
      static: isStatic(declaration),
      parameters: this.parameters(declaration),
    };
  }

  private parameters(declaration: ts.SignatureDeclaration): ApiValue[] {
    return declaration.parameters.map(parameter => ({
      name: (parameter.name as ts.Identifier).text,
      type: this.type(this.checker.getTypeAtLocation(parameter)),
      optional: parameter.questionToken !== undefined || parameter.initializer !== undefined,
      ...(parameter.dotDotDotToken ? { variadic: true } : {}),
    }));
  }

  private value(symbol: ts.Symbol): ApiValue {
    return {
      name: symbol.name,
      type: this.type(this.checker.getTypeOfSymbol(symbol)),
      optional: (symbol.flags & ts.SymbolFlags.Optional) !== 0,
    };
  }

  private type(declared: ts.Type): ApiType {
    const type = this.checker.getNonNullableType(declared);
    const name = (type.aliasSymbol ?? type.symbol)?.name;
    if (type.flags & ts.TypeFlags.Any) {
      return { kind: 'any' };
    }
    if (type.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Void)) {
      return { kind: 'nothing' };
    }
    if (type.flags & ts.TypeFlags.EnumLike) {
      const parent = type.symbol.flags & ts.SymbolFlags.EnumMember ? (type.symbol as any).parent.name : name;
      return { kind: 'enum', name: parent };
    }
    if (type.flags & ts.TypeFlags.StringLike) {
      return { kind: 'text' };
    }
    if (type.flags & ts.TypeFlags.NumberLike) {
      return { kind: 'number' };
    }
    if (type.flags & ts.TypeFlags.BooleanLike) {
      return { kind: 'boolean' };
    }
    if (this.checker.isArrayType(type)) {
      return { kind: 'list', of: this.type(this.checker.getTypeArguments(type as ts.TypeReference)[0]) };
    }
    const index = this.checker.getIndexInfoOfType(type, ts.IndexKind.String);
    if (index) {
      return { kind: 'map', of: this.type(index.type) };
    }
    if (type.symbol?.flags & ts.SymbolFlags.Class || isBehaviour(name)) {
      return { kind: 'class', name };
    }
    if (type.symbol?.flags & ts.SymbolFlags.Interface) {
      return { kind: 'struct', name };
    }
    throw new Error(`unknown type in the public API: ${this.checker.typeToString(type)}`);
  }
}

function isPublic(symbol: ts.Symbol): boolean {
  return !symbol.name.startsWith('_');
}

function isStatic(member: ts.Declaration): boolean {
  return (ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Static) !== 0;
}

function isPublicMember(member: ts.Declaration, isParameter: boolean = false): boolean {
  const flags = ts.getCombinedModifierFlags(member);
  const name = ts.getNameOfDeclaration(member);
  return (
    (flags & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) === 0 &&
    !(name && ts.isIdentifier(name) && name.text.startsWith('_')) &&
    !isIgnored(member) &&
    !(isParameter && flags === 0)
  );
}

/** Whether jsii leaves a member out, because other languages cannot have it. */
function isIgnored(member: ts.Node): boolean {
  return ts.getJSDocTags(member).some(({ tagName, comment }) => tagName.text === 'jsii' && comment === 'ignore');
}
