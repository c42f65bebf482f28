import { Entity, Peer, Port } from 'cdk8s-cilium-mesh';
import { Construct } from 'constructs';
import { Team, TeamProps } from '../../platform/team';
import { WebApp } from '../../platform/web-app';

/** What the shop's team runs: a storefront for the world, and carts. */
export class Shop extends Team {
  public readonly cart: WebApp;

  constructor(scope: Construct, props: TeamProps) {
    super(scope, 'shop', props);
    const storefront = new WebApp(this, 'storefront', { image: 'registry.example.org/shop/storefront:4.2.0' });
    this.cart = new WebApp(this, 'cart', { image: 'registry.example.org/shop/cart:2.0.1' });
    storefront.connections.allowFrom(Peer.entity(Entity.INGRESS), [Port.tcp(8080)]);
    storefront.connections.allowTo(this.cart.service, undefined, {
      http: [{ method: 'GET|POST|DELETE', path: '/v1/carts/.*' }],
    });
  }
}
