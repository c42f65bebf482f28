import { OurMesh } from './platform/our-mesh';
import { Payments } from './teams/payments/payments';
import { Shop } from './teams/shop/shop';

/** The mesh with all teams, and the flows between teams. */
export function createMesh(ciliumVersion?: string): OurMesh {
  const mesh = new OurMesh(ciliumVersion);
  const shop = new Shop(mesh, { mesh });
  const payments = new Payments(mesh, { mesh });
  shop.cart.connections.allowTo(payments.api.service);
  return mesh;
}
