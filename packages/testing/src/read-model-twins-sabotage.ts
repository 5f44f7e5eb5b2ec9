import type {
  FindRequest,
  FoundPage,
  ReadModelEngine,
  ReadModelParking,
  ReadModelShape,
  ReadModelSlicing,
  ReadModelTable,
} from '@tidemark/core';
import type { TestRow } from './read-model-contract-case.ts';
import type { Twin } from './twins.ts';

/** What broken read models do instead. Called for each engine that is opened on the storage. */
export type BreakReadModels = (engine: ReadModelEngine) => Partial<ReadModelEngine>;

export type ReadModelTwin = Twin<BreakReadModels>;

type Table = ReadModelTable<TestRow>;

/** Changes what tables do. Called for each that is opened; what they share is made by `shared` for each engine. */
export const tables =
  <Shared>(
    change: (table: Table, shape: ReadModelShape<TestRow>, shared: Shared) => Partial<Table>,
    shared: () => Shared = () => undefined as Shared,
  ): BreakReadModels =>
  (engine) => {
    const own = shared();
    const open = async (shape: ReadModelShape<TestRow>, build?: number) => {
      const table = await engine.open(shape, build);
      return { ...table, ...change(table, shape, own) };
    };
    return { open: open as unknown as ReadModelEngine['open'] };
  };

/** Changes what parking does; `table` is the intact one. */
export const parking = (
  change: (parking: ReadModelParking<TestRow>, table: Table) => Partial<ReadModelParking<TestRow>>,
): BreakReadModels =>
  tables((table) => {
    const intact = part(table.parking);
    return { parking: { ...intact, ...change(intact, table) } };
  });

/** Changes what slicing does; `table` is the intact one. */
export const slicing = (
  change: (slicing: ReadModelSlicing, table: Table) => Partial<ReadModelSlicing>,
): BreakReadModels =>
  tables((table) => {
    const intact = part(table.slicing);
    return { slicing: { ...intact, ...change(intact, table) } };
  });

/** Changes the questions before they are asked. */
export const asked = (change: (request: FindRequest) => FindRequest): BreakReadModels =>
  tables((table) => ({ find: (request) => table.find(change(request)) }));

/** Changes the pages that are found. */
export const found = (
  change: (page: FoundPage<TestRow>, request: FindRequest) => FoundPage<TestRow>,
): BreakReadModels =>
  tables((table) => ({ find: async (request) => change(await table.find(request), request) }));

/** Sorts what stands on a page in its own way. */
export const sorted = (
  compare: (one: TestRow, other: TestRow, request: FindRequest) => number,
): BreakReadModels =>
  found((page, request) => ({
    ...page,
    items: [...page.items].sort((one, other) => compare(one, other, request)),
  }));

/** As JavaScript sorts: by units of 16 bits. */
export const byText = (one: unknown, other: unknown): number =>
  String(one) < String(other) ? -1 : Number(String(one) !== String(other));

/** What the intact one has for certain. */
export function part<Part>(given: Part | undefined): Part {
  if (given === undefined) throw new Error('the intact engine cannot do this');
  return given;
}

/** Others act. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
