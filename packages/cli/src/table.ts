/** One column of a table for people. */
export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string | number | undefined;
  /** Figures stand right. */
  readonly align?: 'right';
  /** Of the value's text, where colours are wanted. */
  readonly colour?: (row: Row) => Colour | undefined;
}

export type Colour = 'red' | 'yellow' | 'green' | 'dim' | 'bold';

const CODES: Readonly<Record<Colour, number>> = { red: 31, yellow: 33, green: 32, dim: 2, bold: 1 };

/** The text in a colour. */
export function paint(text: string, colour: Colour | undefined): string {
  return colour === undefined ? text : `\u001b[${CODES[colour]}m${text}\u001b[0m`;
}

/**
 * An aligned table: titles, then a line a row; columns two spaces apart. The last column is not padded.
 *
 * @example
 * terminal.out(formatTable(rows, [{ title: 'stream', value: ({ stream }) => stream }], false));
 */
export function formatTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  hasColours: boolean,
): string {
  const cells = rows.map((row) => columns.map(({ value }) => oneLine(value(row))));
  const widths = columns.map(({ title }, place) =>
    Math.max(title.length, ...cells.map((line) => (line[place] as string).length)),
  );
  const write = (texts: readonly string[], colourOf: (place: number) => Colour | undefined) => {
    const padded = texts.map((text, place) => {
      const width = widths[place] as number;
      const isRight = columns[place]?.align === 'right';
      const isLast = place === columns.length - 1;
      const whole = isRight ? text.padStart(width) : isLast ? text : text.padEnd(width);
      return hasColours ? paint(whole, colourOf(place)) : whole;
    });
    return `${padded.join('  ').trimEnd()}\n`;
  };
  const head = write(
    columns.map(({ title }) => title),
    () => 'dim',
  );
  const lines = cells.map((line, index) =>
    write(line, (place) => columns[place]?.colour?.(rows[index] as Row)),
  );
  return [head, ...lines].join('');
}

/** What is stored may hold anything; a terminal is told printable characters only. */
function oneLine(value: string | number | undefined): string {
  return String(value ?? '').replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '�');
}
