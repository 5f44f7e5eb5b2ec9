import type { AuditEntry } from '../api/types.ts';
import { exactTime, shortTime } from '../ui/format.ts';
import { useArrivalClass } from '../ui/use-arrivals.ts';
import { EventType } from './event-type.tsx';

interface AuditRowProps {
  readonly entry: AuditEntry;
  /** It came after the list was loaded. */
  readonly isArriving: boolean;
  readonly onOpen: (entry: AuditEntry) => void;
}

/** One event in a line; narrow places break it in two. */
export function AuditRow({ entry, isArriving, onOpen }: AuditRowProps) {
  const arrival = useArrivalClass(isArriving);
  const { position, type, service, stream, actor, recordedAt } = entry;
  return (
    <li data-position={position} className={arrival}>
      <button
        type="button"
        onClick={() => onOpen(entry)}
        className="grid w-full grid-cols-[1fr_auto] gap-x-3 px-4 py-2 text-left text-sm -outline-offset-2 hover:bg-tide-soft @3xl:grid-cols-[4rem_9.5rem_1fr_7rem_1.4fr_7rem]"
      >
        <span className="hidden text-muted tabular-nums @3xl:block">#{position}</span>
        <span className="order-2 text-muted tabular-nums @3xl:order-none">
          <time dateTime={recordedAt} title={exactTime(recordedAt)}>
            {shortTime(recordedAt)}
          </time>
        </span>
        <span className="min-w-0 font-semibold break-words">
          <EventType type={type} />
        </span>
        <span className="hidden text-muted @3xl:block">{service}</span>
        <span className="order-3 truncate font-mono text-xs leading-5 text-muted @3xl:order-none">
          {stream}
        </span>
        <span className="hidden truncate text-muted @3xl:block">{actor}</span>
      </button>
    </li>
  );
}
