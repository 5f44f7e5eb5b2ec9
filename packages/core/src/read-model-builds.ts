import type { Division, ParkedRow, ReadModelShape } from './read-model.ts';

/** Names one making of the rows of a version. */
export interface BuildName {
  /** Of the read model. */
  readonly name: string;
  readonly version: number;
  /** From 1 in its version, each higher than those before; never given twice. */
  readonly build: number;
}

/** One making of the rows of a version, as it is stored. */
export interface StoredBuild extends Omit<BuildName, 'name'> {
  /** Whether queries of its version are answered from it. At most one of a version is. */
  readonly isInForce: boolean;
  /** The position up to which all its rows have come. */
  readonly checkpoint: bigint;
  /** What `add` was given; absent for the first of a version. */
  readonly since?: string;
  /** What `note` was given last. */
  readonly note?: string;
}

/**
 * The builds of read models. `ReadModelEngine.open` makes the first of a version: in force at once, unless another
 * version of the read model is stored; then it has to be put in force like any other.
 */
export interface ReadModelBuilds {
  /** All that are stored of a read model, by version, then by number, at one moment. */
  readonly list: (name: string) => Promise<readonly StoredBuild[]>;
  /**
   * Makes an empty build of a version that is open, divided as the one in force is (or is to be). `refused` when the
   * version has none in force, or another beside it. `since`: ISO-8601 UTC.
   */
  readonly add: <Row extends object>(
    shape: ReadModelShape<Row>,
    since: string,
  ) => Promise<'added' | 'refused'>;
  /**
   * Puts a build in force, `instead` of the one that was (`undefined`: none), in one transaction. `behind` while
   * any of its rows has come less far than the foremost slice of that one; `overtaken` when that one is not in force
   * any more, or the build is not there.
   */
  readonly enforce: (
    which: BuildName,
    instead: number | undefined,
  ) => Promise<'enforced' | 'behind' | 'overtaken'>;
  /** Keeps a text with a build; `overtaken` (nothing changed) when the one before is not `was`, or the build is not there. */
  readonly note: (
    which: BuildName,
    was: string | undefined,
    becomes: string | undefined,
  ) => Promise<'noted' | 'overtaken'>;
  /**
   * Removes a build with its rows, for good: whoever has its table open gets READ_MODEL_DROPPED from then on.
   * `overtaken` when it is not there, or is in force and was not seen so, or the other way round.
   */
  readonly drop: (
    which: BuildName & Pick<StoredBuild, 'isInForce'>,
  ) => Promise<'dropped' | 'overtaken'>;
}

/** Rows in the order of their keys, and what tells at which position each of them is, all at one moment. */
export interface ScannedRows<Row> {
  readonly rows: readonly (readonly [key: string, row: Row])[];
  /** The parked ones from behind `after` to the last row, or to the end when there are fewer rows than `limit`. */
  readonly parked: readonly ParkedRow[];
  readonly division: Division;
}
