// Text tables: columns as wide as their widest cell, the last one free, numbers to the right.

export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => string | number;
  readonly right?: boolean;
}

export function* table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): Generator<string> {
  const cells = rows.map((row) => columns.map((column) => String(column.cell(row))));
  const widths = columns.map((column, i) =>
    cells.reduce((width, line) => Math.max(width, (line[i] as string).length), column.head.length),
  );
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, i) => {
        const width = widths[i] as number;
        if (columns[i]?.right) return text.padStart(width);
        return i === columns.length - 1 ? text : text.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  yield line(columns.map((column) => column.head));
  for (const texts of cells) yield line(texts);
}
