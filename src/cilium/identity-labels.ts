import { compileRe2 } from './re2';
import { NEWEST, Traits } from './traits';

/** What a pattern does with the labels whose keys begin with it. */
interface LabelPattern {
  readonly mode: 'include' | 'ignore';
  /** The source of the labels, such as `k8s`; all sources without it. */
  readonly source?: string;
  /** How much of a key it matches; undefined if the first match is not at the beginning. */
  readonly lengthIn: (key: string) => number | undefined;
}

const include = (expression: RegExp) => patternOf('include', expression);
const ignore = (expression: RegExp) => patternOf('ignore', expression);

function patternOf(mode: LabelPattern['mode'], expression: RegExp): LabelPattern {
  return {
    mode,
    lengthIn: key => {
      const match = expression.exec(key);
      return match?.index === 0 ? match[0].length : undefined;
    },
  };
}

/** The patterns of every version (defaultLabelPrefixCfg, pkg/labelsfilter/filter.go, v1.15.19 to v1.20.2). */
const PATTERNS: readonly LabelPattern[] = [
  include(/io\.kubernetes\.pod\.namespace/),
  include(/io\.cilium\.k8s\.namespace\.labels/),
  include(/app\.kubernetes\.io/),
  ignore(/io\.kubernetes/),
  ignore(/kubernetes\.io/),
  ignore(/statefulset\.kubernetes\.io\/pod-name/),
  ignore(/apps\.kubernetes\.io\/pod-index/),
  ignore(/batch\.kubernetes\.io\/job-completion-index/),
  ignore(/batch\.kubernetes\.io\/controller-uid/),
  ignore(/.*beta\.kubernetes\.io/),
  ignore(/k8s\.io/),
  ignore(/pod-template-generation/),
  ignore(/pod-template-hash/),
  ignore(/controller-revision-hash/),
  ignore(/controller-uid/),
  ignore(/annotation.*/),
  ignore(/etcd_node/),
];

/**
 * Decides which labels belong to an identity (labelPrefixCfg.filterLabels, pkg/labelsfilter/filter.go, v1.20.2).
 * Selectors of policies never match other labels.
 *
 * - Cilium keeps a label that no pattern ignores. If the settings include labels, it keeps only included ones.
 * - It keeps an ignored label if the longest including pattern matches more of it than the shortest ignoring one.
 */
export class LabelFilter {
  /** The filter of nodes as peers keeps all labels (ParseLabelPrefixCfg). */
  public static readonly OF_NODES = new LabelFilter([], false);

  /** The filter of a version, without further settings. */
  public static ofVersion(traits: Traits): LabelFilter {
    const known = BY_VERSION.get(traits) ?? new LabelFilter(patternsOf(traits), false);
    BY_VERSION.set(traits, known);
    return known;
  }

  /** What it decided on labels, by source and key: the same few keys are on most pods. */
  private readonly known = new Map<string, Map<string, boolean>>();

  private constructor(
    private readonly patterns: readonly LabelPattern[],
    /** Whether labels must be included. */
    private readonly onlyIncluded: boolean,
  ) {}

  /**
   * The filter with the items of the setting `labels`, such as `k8s:!team` (parseLabelPrefix). The agent does not start
   * with an item that is not a regular expression, so `invalid` contains those.
   */
  public with(items: readonly string[]): { readonly filter: LabelFilter; readonly invalid: readonly string[] } {
    const added: LabelPattern[] = [];
    const invalid: string[] = [];
    for (const item of items) {
      const pattern = parsePattern(item);
      if (pattern) {
        added.push(pattern);
      } else {
        invalid.push(item);
      }
    }
    const onlyIncluded = this.onlyIncluded || added.some(({ mode }) => mode === 'include');
    return { filter: new LabelFilter([...this.patterns, ...added], onlyIncluded), invalid };
  }

  /** Whether a label belongs to the identity. */
  public keeps(key: string, source: string = 'k8s'): boolean {
    const ofSource = this.known.get(source) ?? new Map<string, boolean>();
    this.known.set(source, ofSource);
    const keeps = ofSource.get(key) ?? this.decide(key, source);
    ofSource.set(key, keeps);
    return keeps;
  }

  private decide(key: string, source: string): boolean {
    let [included, ignored] = [0, 0];
    for (const { mode, source: only, lengthIn } of this.patterns) {
      const length = only === undefined || only === source ? lengthIn(key) : undefined;
      if (length !== undefined && mode === 'include') {
        included = Math.max(included, length);
      } else if (length !== undefined && (ignored === 0 || length < ignored)) {
        ignored = length;
      }
    }
    return (!this.onlyIncluded && ignored === 0) || included > ignored;
  }
}

const BY_VERSION = new Map<Traits, LabelFilter>();

function patternsOf({ clusterLabelIncluded, serviceAccountLabelIncluded, topologyLabelsIgnored }: Traits) {
  return [
    ...PATTERNS,
    ...(clusterLabelIncluded ? [include(/io\.cilium\.k8s\.policy\.cluster/)] : []),
    ...(serviceAccountLabelIncluded ? [include(/io\.cilium\.k8s\.policy\.serviceaccount/)] : []),
    ...(topologyLabelsIgnored ? [ignore(/topology\.kubernetes\.io/)] : []),
  ];
}

function parsePattern(item: string): LabelPattern | undefined {
  const colon = item.indexOf(':');
  const [source, text] = colon < 0 ? ['', item] : [item.slice(0, colon), item.slice(colon + 1)];
  const ignores = text.startsWith('!');
  const lengthIn = text === '' ? undefined : compileRe2(ignores ? text.slice(1) : text).prefixLength;
  return lengthIn && { mode: ignores ? 'ignore' : 'include', ...(source === '' ? {} : { source }), lengthIn };
}

/** Whether a pod's label is part of its identity; without traits in Cilium 1.20. */
export function isIdentityLabel(key: string, traits: Traits = NEWEST): boolean {
  return LabelFilter.ofVersion(traits).keeps(key);
}
