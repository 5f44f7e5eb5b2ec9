import type { ReactNode } from 'react';

interface FiguresProps {
  readonly items: readonly (readonly [name: string, value: ReactNode])[];
}

/** A few figures beside each other, each with its name. */
export function Figures({ items }: FiguresProps) {
  return (
    <dl className="flex flex-wrap gap-x-6 gap-y-1">
      {items.map(([name, value]) => (
        <div key={name} className="flex items-baseline gap-1.5 text-sm">
          <dt className="text-muted">{name}</dt>
          <dd className="font-semibold tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
