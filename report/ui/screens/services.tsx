import type { ServiceAnswer, ServiceRow, Side } from '../../protocol';
import { isRefused, useAnswer } from '../engine';
import { CommandLine } from '../parts/command';
import { Paged, State } from '../parts/list';
import { place } from '../parts/verdict';
import type { Route } from '../route';

export interface ServicesProperties {
  readonly route: Route;
  readonly side: Side;
  readonly go: (change: Partial<Route>) => void;
}

/** All services, and where the connections to one of them arrive. */
export function ServicesScreen({ route, side, go }: ServicesProperties) {
  const { answer, waiting, error } = useAnswer('services', 'services', { side });
  if (!answer) {
    return <State waiting={waiting} error={error} />;
  }
  const rows = answer.filter(each => each.id.toLowerCase().includes((route.filter ?? '').toLowerCase()));
  const chosen = route.service ?? rows[0]?.id;
  return (
    <section aria-label="Services" class="columns">
      <div>
        {rows.length === 0 && <State empty={answer.length === 0 ? 'The mesh has no services.' : 'No service contains this text.'} />}
        <Paged items={rows} noun="services">
          {shown => (
            <ul class="choices">
              {shown.map(each => (
                <li key={each.id}>
                  <button type="button" aria-pressed={each.id === chosen} onClick={() => go({ service: each.id })}>
                    <strong>{each.id}</strong>
                    <br />
                    <span class="quiet">{summaryOf(each)}</span>
                  </button>
                </li>
              ))}
            </ul>
          )}
        </Paged>
      </div>
      <div>{chosen !== undefined && <Service side={side} id={chosen} rows={answer} />}</div>
    </section>
  );
}

function summaryOf({ clusters }: ServiceRow): string {
  const global = clusters.filter(each => each.global).map(each => each.cluster);
  return global.length > 0 ? `global in ${global.join(', ')}` : `in ${clusters.map(each => each.cluster).join(', ')}`;
}

function Service({
  side,
  id,
  rows,
}: {
  readonly side: Side;
  readonly id: string;
  readonly rows: readonly ServiceRow[];
}) {
  const { answer, waiting, error } = useAnswer('service', 'service', { side, id });
  const row = rows.find(each => each.id === id);
  if (!answer) {
    return <State waiting={waiting} error={error} />;
  }
  if (isRefused(answer)) {
    return (
      <p class="problem" role="alert">
        {answer.problem}: {answer.fix}
      </p>
    );
  }
  return (
    <div class={waiting ? 'stale' : undefined}>
      <h2>{id}</h2>
      {row && (
        <table>
          <thead>
            <tr>
              <th scope="col">Cluster</th>
              <th scope="col">Annotations</th>
              <th scope="col">Manifest</th>
            </tr>
          </thead>
          <tbody>
            {row.clusters.map(each => (
              <tr key={each.cluster}>
                <td>{each.cluster}</td>
                <td>
                  {each.global ? 'global' : 'not global'}, {each.shared ? 'shared' : 'not shared'}
                  {each.affinity === 'none' ? '' : `, affinity ${each.affinity}`}
                </td>
                <td>{place(each)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <h3>Who answers</h3>
      <Shares service={answer.service} />
      {answer.without.map(({ cluster, service }) => (
        <details key={cluster}>
          <summary>Without the pods of {cluster}</summary>
          <Shares service={service} />
        </details>
      ))}
      <CommandLine command={answer.command} />
    </div>
  );
}

function Shares({ service }: { readonly service: ServiceAnswer['service'] }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Clients in</th>
          <th scope="col">Backends</th>
        </tr>
      </thead>
      <tbody>
        {service.clients.map(client => (
          <tr key={client.cluster}>
            <th scope="row">{client.cluster}</th>
            <td>
              {client.backends.map((backend, index) => {
                const name = backend.workload ? `${backend.workload.name}@${backend.cluster}` : `${backend.address} (${backend.cluster})`;
                const share = backend.share === undefined ? 'depends on nodes' : `${Math.round(backend.share * 1000) / 10} %`;
                return (
                  <div key={index} class="share">
                    <meter min={0} max={1} value={backend.share ?? 0} aria-hidden="true" />
                    <span>
                      {share} {name}
                    </span>
                  </div>
                );
              })}
              {(client.reasons ?? []).map(reason => (
                <p key={reason} class="quiet">
                  {reason}
                </p>
              ))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
