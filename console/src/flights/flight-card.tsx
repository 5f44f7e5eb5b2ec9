import { useId, useRef } from 'react';
import type { Flight } from '../api/types.ts';
import { PassengerList } from '../passengers/passenger-list.tsx';
import { Badge } from '../ui/badge.tsx';
import { useArrivalClass } from '../ui/use-arrivals.ts';
import { useKeptFocus } from '../ui/use-kept-focus.ts';
import { BoardingGauge } from './boarding-gauge.tsx';
import { FlightActions } from './flight-actions.tsx';
import { FlightRoute } from './flight-route.tsx';
import { FLIGHT_STATUSES } from './flight-status.ts';

interface FlightCardProps {
  readonly flight: Flight;
  /** It came after the list was loaded. */
  readonly isArriving: boolean;
}

/** One flight: what it is, how far it is, what can be done, and who flies. */
export function FlightCard({ flight, isArriving }: FlightCardProps) {
  const arrival = useArrivalClass(isArriving);
  const { flightNumber, status, passengers } = flight;
  const titleId = useId();
  const area = useRef<HTMLElement>(null);
  const keepFocus = useKeptFocus(area);
  const { text, tone } = FLIGHT_STATUSES[status];
  return (
    <article
      ref={area}
      tabIndex={-1}
      onFocus={keepFocus}
      aria-labelledby={titleId}
      data-flight={flight.id}
      className={`grid rounded-lg border border-line bg-surface @2xl:grid-cols-[19rem_minmax(0,1fr)] ${arrival}`}
    >
      <div className="flex gap-4 p-4">
        <BoardingGauge boarded={passengers.boarded} total={passengers.total} />
        <div className="flex min-w-0 flex-1 flex-col items-start gap-1">
          <div className="flex w-full flex-wrap items-center justify-between gap-x-3 gap-y-1">
            <h3 id={titleId} className="font-mono text-lg font-bold break-all">
              {flightNumber}
            </h3>
            <Badge tone={tone}>{text}</Badge>
          </div>
          <FlightRoute flight={flight} />
          <FlightActions flight={flight} />
        </div>
      </div>
      <PassengerList flight={flight} />
    </article>
  );
}
