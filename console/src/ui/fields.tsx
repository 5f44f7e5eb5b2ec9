interface FieldsProps {
  readonly items: readonly (readonly [name: string, value: string])[];
}

/** All there is to say about one thing, a line each. */
export function Fields({ items }: FieldsProps) {
  return (
    <dl className="grid gap-x-4 gap-y-1 text-sm sm:grid-cols-[9rem_minmax(0,1fr)]">
      {items.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd className="mb-1 break-all sm:mb-0">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
