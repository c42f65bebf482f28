type Implementation = typeof import('./cdk8s-validation');
type Properties = ConstructorParameters<Implementation['CiliumMeshValidation']>[0];
type Context = Parameters<InstanceType<Implementation['CiliumMeshValidation']>['validate']>[0];

/**
 * A validation for cdk8s.yaml, by its name. It loads the evaluator when it is created: programs that only write files
 * need none. A constant with the type of a constructor stays in JavaScript, where cdk8s-cli looks for it; jsii, whose
 * languages have no use for it, leaves it out.
 */
export const CiliumMeshValidation: new (props?: any) => { validate(context: any): Promise<void> } = class {
  private readonly validation;

  constructor(props?: Properties) {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load it with the library
    this.validation = new (require('./cdk8s-validation') as Implementation).CiliumMeshValidation(props);
  }

  async validate(context: Context): Promise<void> {
    return this.validation.validate(context);
  }
};
