import { exactTime, shortTime } from '../ui/format.ts';
import { EventType } from './event-type.tsx';

interface EventChoiceProps {
  readonly event: { readonly type: string; readonly position: string; readonly recordedAt: string };
  readonly isChosen: boolean;
  readonly onChoose: (position: string) => void;
}

/** One event. The arrow keys go through them, as through the choices of any group. */
export function EventChoice({ event, isChosen, onChoose }: EventChoiceProps) {
  const { type, position, recordedAt } = event;
  return (
    <label className="flex cursor-pointer items-baseline gap-2 rounded-md px-2 py-1.5 text-sm hover:bg-tide-soft has-checked:bg-tide-soft">
      <input
        type="radio"
        name="event"
        value={position}
        checked={isChosen}
        onChange={() => onChoose(position)}
        className="accent-tide"
      />
      <span className="min-w-0 flex-1 font-semibold break-words">
        <EventType type={type} />
      </span>
      <time dateTime={recordedAt} title={exactTime(recordedAt)} className="text-muted tabular-nums">
        {shortTime(recordedAt)}
      </time>
    </label>
  );
}
