/**
 * A step of an example: its mesh after one action of the source. `npm run synth` prints it, and `verify --tour` applies
 * it.
 */
export interface Step {
  /** The action, and the results of its requests. */
  readonly title: string;
  /** The requests that the source sends after it; without any, all predictions are of interest. */
  readonly requests?: readonly StepRequest[];
  /** The service whose backends the action changes. */
  readonly service?: string;
}

/** Requests of a client, as in `cilium-mesh verify --from --to`. */
export interface StepRequest {
  /** A pattern of client workloads. */
  readonly from: string;
  /** A pattern of destination workloads, or one service: `svc/default/rebel-base`. */
  readonly to: string;
}
