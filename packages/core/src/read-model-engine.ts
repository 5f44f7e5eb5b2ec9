import type {
  ReadModelParking,
  ReadModelShape,
  ReadModelSlicing,
  ReadModelStep,
  Scalar,
  Slice,
} from './read-model.ts';
import type { ReadModelBuilds, ScannedRows } from './read-model-builds.ts';
import type { Snapshots } from './snapshots.ts';

/** A question to one declared index. */
export interface FindRequest {
  /** Name of the index. */
  readonly index: string;
  /** Values for a prefix of its fields. */
  readonly equals: readonly Scalar[];
  /** Bounds, inclusive, on the field after the prefix. */
  readonly range?: { readonly from?: Scalar; readonly upTo?: Scalar };
  /** Order of the fields after the prefix, then of the key. `ascending` unless given. */
  readonly order?: 'ascending' | 'descending';
  /** 1 to 1,000. */
  readonly limit: number;
  /** `next` of the page before. */
  readonly cursor?: string;
}

export interface FoundPage<Row> {
  readonly items: readonly Row[];
  /** Absent on the last page. */
  readonly next?: string;
}

/** The rows of one build of a read model version. @throws READ_MODEL_DROPPED once that was dropped. */
export interface ReadModelTable<Row extends object> {
  /** How far the slice has come; `0n` at first. */
  readonly checkpoint: (slice: Slice) => Promise<bigint>;
  /** The rows that exist among these keys. */
  readonly load: (keys: readonly string[]) => Promise<ReadonlyMap<string, Row>>;
  /** Compares the checkpoint with `from` and sets it, with the rows; `overtaken` (nothing changed) when it, or what is parked, differs. */
  readonly apply: (step: ReadModelStep<Row>) => Promise<'applied' | 'overtaken'>;
  readonly get: (key: string) => Promise<Row | undefined>;
  /** Rows that a step may well change; 1,000 unless said. Fewer where the work holds up this thread, more where it is done elsewhere. */
  readonly rowsPerStep?: number;
  /** @throws CURSOR_INVALID when the cursor is not of this question. */
  readonly find: (request: FindRequest) => Promise<FoundPage<Row>>;
  /** Removes all rows, parked ones too, and checkpoints, so that it starts from the beginning. It stays divided as it is. */
  readonly clear: () => Promise<void>;
  /** Absent where an engine cannot set rows aside. */
  readonly parking?: ReadModelParking<Row>;
  /** Absent where an engine knows one slice only. */
  readonly slicing?: ReadModelSlicing;
  /** At most `limit` (1 to 1,000) rows behind `after`, in the order of their keys in UTF-8. Absent where an engine has no `builds`. */
  readonly scan?: (after: string | undefined, limit: number) => Promise<ScannedRows<Row>>;
}

/** How far a named reader has come. Losing one costs work, never truth: readers repeat harmlessly. */
export interface Checkpoints {
  /** `0n` for a name never seen. */
  readonly load: (name: string) => Promise<bigint>;
  readonly save: (name: string, position: bigint) => Promise<void>;
}

/** Where a service keeps what can be rebuilt from its log. */
export interface ReadModelEngine {
  /**
   * Opens the table of this version, making it when it does not exist: that of the build named, else of the one in
   * force, else of the newest. @throws READ_MODEL_DROPPED when there is no such build.
   */
  readonly open: <Row extends object>(
    shape: ReadModelShape<Row>,
    build?: number,
  ) => Promise<ReadModelTable<Row>>;
  readonly checkpoints: Checkpoints;
  /** Absent where an engine keeps one build of each version. */
  readonly builds?: ReadModelBuilds;
  /** Absent where an engine keeps none. */
  readonly snapshots?: Snapshots;
  readonly close: () => Promise<void>;
}
