import { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

/** How many rows a table shows at first, and how many more at each request. */
const PAGE = 200;

/** The first rows of a long list, with a button for more, and how many are left. */
export function Paged<T>({
  items,
  noun,
  children,
}: {
  readonly items: readonly T[];
  readonly noun: string;
  readonly children: (shown: readonly T[]) => ComponentChildren;
}) {
  const [most, setMost] = useState(PAGE);
  return (
    <>
      {children(items.slice(0, most))}
      {items.length > most && (
        <p class="left">
          {items.length - most} more {noun}.{' '}
          <button type="button" class="small" onClick={() => setMost(most + PAGE)}>
            Show {Math.min(PAGE, items.length - most)} more
          </button>
        </p>
      )}
    </>
  );
}

/** Text in place of something that is computed, absent or defective. */
export function State({
  waiting,
  error,
  empty,
}: {
  readonly waiting?: boolean;
  readonly error?: string;
  readonly empty?: string;
}) {
  if (error !== undefined) {
    return (
      <p class="problem" role="alert">
        A defect of cilium-mesh: {error}. Please report it.
      </p>
    );
  }
  return <p class="quiet" role="status">{waiting ? 'computing …' : empty}</p>;
}
