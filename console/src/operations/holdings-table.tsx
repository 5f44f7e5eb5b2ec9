import { counted } from '../ui/format.ts';
import type { Holdings } from './subject-data.ts';

interface HoldingsTableProps {
  readonly services: readonly Holdings[];
  readonly isErased: boolean;
}

/** What each service holds of a person, or held until it was erased. */
export function HoldingsTable({ services, isErased }: HoldingsTableProps) {
  return (
    <div className="grid gap-3">
      {services.map((holdings) => (
        <section key={holdings.service} aria-label={holdings.service} className="text-sm">
          <h3 className="font-bold">{holdings.service}</h3>
          <ul className="list-disc pl-5">
            {linesOf(holdings).map((line) => (
              <li key={line} className="break-words">
                {line}
              </li>
            ))}
          </ul>
        </section>
      ))}
      <p className="text-sm text-muted">
        {isErased
          ? 'Ids and times stay, so that logs and counts still hold; the values can be opened by nobody.'
          : 'This is what an erasure makes unreadable. Ids and times stay, so that logs and counts still hold.'}
      </p>
    </div>
  );
}

/** What a service holds, a line each. */
export function linesOf({
  events,
  streams,
  fields,
  rows,
  timers,
  parked,
  unsearched,
}: Holdings): readonly string[] {
  const lines = [
    ...(events === 0 ? [] : [`${counted(events, 'event')} in ${counted(streams, 'stream')}`]),
    ...fields.map(
      ({ type, field, events }) => `${type}, field ${field}: ${counted(events, 'event')}`,
    ),
    ...rows.map(({ readModel, rows }) => `read model ${readModel}: ${counted(rows, 'row')}`),
    ...(timers === 0 ? [] : [counted(timers, 'timer')]),
    ...(parked === 0 ? [] : [`${counted(parked, 'parked message')}`]),
  ];
  const untold = unsearched.map(
    (name) => `read model ${name}: cannot be searched; values in it are sealed alike`,
  );
  return lines.length === 0 ? ['nothing', ...untold] : [...lines, ...untold];
}
