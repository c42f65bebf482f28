import { CidrGroup, Port } from 'cdk8s-cilium-mesh';
import { Construct } from 'constructs';
import { Team, TeamProps } from '../../platform/team';
import { WebApp } from '../../platform/web-app';

/** What the payments' team runs: an API in one cluster, which alone talks to the bank. */
export class Payments extends Team {
  public readonly api: WebApp;

  constructor(scope: Construct, props: TeamProps) {
    super(scope, 'payments', props);
    const [primary] = this.clusters;
    this.api = new WebApp(this, 'api', { image: 'registry.example.org/payments/api:1.7.3', clusters: [primary] });
    const bank = new CidrGroup(this, 'bank', {
      name: 'bank',
      cidrs: ['192.0.2.0/24', '2001:db8:b::/48'],
      clusters: [primary],
    });
    this.api.connections.allowTo(bank, [Port.tcp(443)]);
  }
}
