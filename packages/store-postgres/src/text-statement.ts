import type pg from 'pg';

/** A value of a statement; sent as text. Arrays are `textArray` and `numberArray`. */
export type StatementValue = string | number | bigint | boolean | null;

/** A row as PostgreSQL sends it: the text of each column. */
export type TextRow = readonly (string | null)[];

export interface TextStatementOptions<Row extends TextRow> {
  /** Parsed and planned once for each connection; else each time. The same name is the same text, always. */
  readonly name?: string;
  /** An answer that takes longer is an error, and the connection is not to be used again. */
  readonly withinMs?: number;
  /** Told each row as it comes, while the server still makes others; then none is answered. */
  readonly onRow?: (row: Row) => void;
}

/** A statement as `pg` takes it from those who bring their own, as pg-cursor does. The rest of it is `pg`'s to call. */
export interface TextStatement<Row extends TextRow> extends pg.Submittable {
  /** What was answered so far. */
  readonly rows: readonly Row[];
  /** Called once, when all was answered; given by who sends it, and changed by `pg` when the time is over. */
  callback: ((error: Error | null) => void) | undefined;
}

/** What `pg` knows of a connection beyond its types: the statements that have a name there, by it. */
interface Session extends pg.Connection {
  readonly parsedStatements: Readonly<Record<string, string | undefined>>;
}

/**
 * A statement that does not ask for a description of its rows, as those of `pg` do, because who sends it knows its
 * columns and takes them as text: less to send, to make and to read. To be sent once, by `sendStatement` or by `query` of
 * a pool, and then read off.
 */
export function createTextStatement<Row extends TextRow>(
  text: string,
  values: readonly StatementValue[],
  { name, withinMs, onRow }: TextStatementOptions<Row> = {},
): TextStatement<Row> {
  let bound = values.map((value) => (value === null ? null : String(value)));
  const rows: Row[] = [];
  let failure: Error | null = null;
  const tell = (row: Row): void => {
    if (failure !== null) return;
    try {
      onRow?.(row);
    } catch (error) {
      // What remains of the answer is still to be taken from the connection.
      failure = error as Error;
    }
  };
  const statement = {
    rows,
    callback: undefined as TextStatement<Row>['callback'],
    // From here on as `pg` knows its own statements: it looks up the name, and what may be waited for.
    name,
    text,
    query_timeout: withinMs,
    submit: (connection: pg.Connection) => {
      const { parsedStatements, stream } = connection as Session;
      // One write for all of them.
      stream.cork();
      try {
        if (name === undefined || parsedStatements[name] === undefined) {
          connection.parse({ name: name ?? '', text, types: [] }, true);
        }
        connection.bind({ statement: name ?? '', values: bound }, true);
        connection.execute(null, true);
        connection.sync();
      } finally {
        stream.uncork();
        // They are written, and may be large, while V8 may have made the statement in the memory for what lives long.
        bound = [];
      }
    },
    handleDataRow: ({ fields }: { readonly fields: Row }) => {
      if (onRow === undefined) rows.push(fields);
      else tell(fields);
    },
    handleCommandComplete: () => {},
    handleReadyForQuery: () => statement.callback?.(failure),
    handleError: (error: Error) => statement.callback?.(error),
  };
  return statement;
}

/** Sends a statement over a connection, behind those that it was given before, and answers the rows. @throws as `pg`. */
export function sendStatement<Row extends TextRow>(
  client: pg.ClientBase,
  statement: TextStatement<Row>,
): Promise<readonly Row[]> {
  return new Promise((resolve, reject) => {
    statement.callback = (error) => {
      if (error === null) resolve(statement.rows);
      else reject(error);
    };
    client.query(statement);
  });
}
