/** The kinds of the core group of Kubernetes that no verdict depends on. */
export const UNREAD_CORE_KINDS: readonly string[] = [
  'Binding',
  'ComponentStatus',
  'ConfigMap',
  'Event',
  'LimitRange',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'PodTemplate',
  'ResourceQuota',
  'Secret',
  'ServiceAccount',
];
