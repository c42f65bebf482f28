import { LinkedSuppositions, readSuppositions, writeSuppositions } from './supposed-link';
import { pageLink } from '../../src/reports/page/links';
import { OBSERVED_STATES, ObservedState } from '../../src/reports/page/observed-states';
import type { Grouping } from '../protocol';

/** The screens of the page, in the order of their keys 1 to 6. The last one needs recorded flows. */
export const SCREENS = ['map', 'matrix', 'services', 'findings', 'policies', 'observed'] as const;
export type Screen = (typeof SCREENS)[number];

/** Which mesh is shown; `changes` is what differs from the old one to the new one. */
export const VIEWS = ['new', 'old', 'changes'] as const;
export type View = (typeof VIEWS)[number];

/** Everything that a link to the page says. */
export interface Route {
  readonly screen: Screen;
  readonly view?: View;
  /** The flow that the panel explains: references as `explain` takes them. */
  readonly from?: string;
  readonly to?: string;
  /** `TCP/80`. */
  readonly port?: string;
  /** `GET /path`. */
  readonly http?: string;
  /** Only endpoints, services, findings and policies that contain this text. */
  readonly filter?: string;
  readonly group?: Grouping;
  /** Also nodes, and the endpoints that Cilium itself has on them. */
  readonly infrastructure?: boolean;
  readonly service?: string;
  readonly policy?: string;
  /** Only recorded flows of this state. */
  readonly show?: ObservedState;
  /** A supposed version of Cilium. */
  readonly cilium?: string;
  /** Clusters whose pods are supposed to be gone. */
  readonly gone?: readonly string[];
  /** What else is supposed. A link has it as far as it is not too long. */
  readonly suppose?: LinkedSuppositions;
  /** Also flows that are open at one end only, on the map. */
  readonly half?: boolean;
}

/** The route of a link such as `#/map?from=shop/web@paris`. Unknown screens are the map; unknown words are left out. */
export function readRoute(hash: string): Route {
  const [path, query = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s);
  const words = new URLSearchParams(query);
  const text = (name: string) => words.get(name) || undefined;
  // links of `diff --report` name the panel itself: `#/flow`
  const screen = SCREENS.find(each => each === path) ?? 'map';
  return defined({
    screen,
    view: VIEWS.find(each => each === text('view')),
    from: text('from'),
    to: text('to'),
    port: text('port'),
    http: text('http'),
    filter: text('q'),
    group: text('group') as Grouping | undefined,
    infrastructure: text('nodes') === 'shown' ? true : undefined,
    service: text('service'),
    policy: text('policy'),
    show: OBSERVED_STATES.find(each => each === text('show')),
    cilium: text('cilium'),
    gone: words.getAll('gone').length > 0 ? words.getAll('gone') : undefined,
    suppose: readSuppositions(text('suppose')),
    half: text('half') === 'shown' ? true : undefined,
  });
}

/** The link of a route: the same route always has the same link. */
export function writeRoute(route: Route): string {
  const words: Array<[string, string]> = [];
  const add = (name: string, value: string | undefined) => {
    if (value !== undefined && value !== '') {
      words.push([name, value]);
    }
  };
  add('view', route.view);
  add('from', route.from);
  add('to', route.to);
  add('port', route.port);
  add('http', route.http);
  add('q', route.filter);
  add('group', route.group);
  add('nodes', route.infrastructure ? 'shown' : undefined);
  add('service', route.service);
  add('policy', route.policy);
  add('show', route.show);
  add('cilium', route.cilium);
  (route.gone ?? []).forEach(each => add('gone', each));
  add('suppose', writeSuppositions(route.suppose));
  add('half', route.half ? 'shown' : undefined);
  return pageLink(route.screen, words);
}

function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
}
