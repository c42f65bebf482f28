import { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { counted } from '../words';

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

/** A table of a long list. A region that scrolls has a name, if several are on a screen. */
export function ListTable<T>({
  items,
  noun,
  columns,
  label,
  children,
}: {
  readonly items: readonly T[];
  readonly noun: string;
  readonly columns: readonly string[];
  readonly label?: string;
  readonly children: (item: T, index: number) => ComponentChildren;
}) {
  return items.length === 0 ? null : (
    <Paged items={items} noun={noun}>
      {shown => (
        <div class="scroll" tabIndex={0} {...(label === undefined ? {} : { 'role': 'region', 'aria-label': label })}>
          <table>
            <thead>
              <tr>
                {columns.map(each => (
                  <th key={each} scope="col">
                    {each}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>{shown.map(children)}</tbody>
          </table>
        </div>
      )}
    </Paged>
  );
}

/** How many rows an answer leaves out, and where they are. */
export function Left({ number, noun, how }: { readonly number: number; readonly noun: string; readonly how: string }) {
  return number === 0 ? null : (
    <p class="left">
      {counted(number, noun)} more{how}.
    </p>
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
