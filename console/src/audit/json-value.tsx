import { Fragment, type ReactNode } from 'react';

interface JsonValueProps {
  readonly value: unknown;
  readonly depth: number;
}

/** A JSON value, indented. A sealed personal value is a chip: its ciphertext tells nobody anything. */
export function JsonValue({ value, depth }: JsonValueProps) {
  if (isSealed(value)) {
    return (
      <span
        title={`Personal data of ${value.$subject}, encrypted`}
        className="rounded-full bg-amber-soft px-2 font-sans font-semibold text-amber"
      >
        sealed
      </span>
    );
  }
  if (Array.isArray(value)) {
    const items = value.map((item, index) => [String(index), item] as const);
    return <Lines brackets="[]" items={items} depth={depth} />;
  }
  if (typeof value === 'object' && value !== null) {
    return <Lines brackets="{}" items={Object.entries(value)} depth={depth} />;
  }
  return <>{JSON.stringify(value)}</>;
}

interface LinesProps {
  readonly brackets: '[]' | '{}';
  readonly items: readonly (readonly [string, unknown])[];
  readonly depth: number;
}

function Lines({ brackets, items, depth }: LinesProps): ReactNode {
  if (items.length === 0) return brackets;
  return (
    <>
      {brackets[0]}
      {items.map(([name, item], index) => (
        <Fragment key={name}>
          {`\n${'  '.repeat(depth + 1)}`}
          {brackets === '{}' && <span className="text-muted">{JSON.stringify(name)}: </span>}
          <JsonValue value={item} depth={depth + 1} />
          {index < items.length - 1 && ','}
        </Fragment>
      ))}
      {`\n${'  '.repeat(depth)}${brackets[1]}`}
    </>
  );
}

function isSealed(value: unknown): value is { readonly $subject: string } {
  return typeof value === 'object' && value !== null && '$sealed' in value && '$subject' in value;
}
