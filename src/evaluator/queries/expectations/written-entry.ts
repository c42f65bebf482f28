import { EXPECTATIONS_FILE } from './schema';
import { Structure } from '../../../diagnostics/structure';
import { ConnectionsId } from '../../flows/connections';

/** The content of an expectations file. */
export type WrittenExpectations = Structure<typeof EXPECTATIONS_FILE>;

export type WrittenEntry = NonNullable<WrittenExpectations['flows']>[number];

/** The connections between some endpoints and each class inside of the mesh. */
export type Rows = ReadonlyMap<number, ConnectionsId>;

/** One text instead of a list of one. */
export function single(texts: readonly string[]): string | string[] {
  return texts.length === 1 ? texts[0] : [...texts];
}
