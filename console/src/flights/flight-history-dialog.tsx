import { useInfiniteQuery } from '@tanstack/react-query';
import { flightHistoryQuery } from '../api/queries.ts';
import type { Flight } from '../api/types.ts';
import { HistoryDialog } from '../audit/history-dialog.tsx';
import { historyAddress } from '../operations/sections.ts';
import { TextLink } from '../ui/text-link.tsx';
import { FlightAsOf } from './flight-as-of.tsx';

interface FlightHistoryDialogProps {
  readonly flight: Flight;
  readonly onClose: () => void;
}

/** What happened to a flight, and the flight as it was behind the event that is chosen. */
export default function FlightHistoryDialog({ flight, onClose }: FlightHistoryDialogProps) {
  const { id, flightNumber } = flight;
  const query = useInfiniteQuery(flightHistoryQuery(id));
  return (
    <HistoryDialog
      title={flightNumber}
      query={query}
      asOf={(position) => <FlightAsOf flightId={id} position={position} />}
      links={
        <TextLink to={historyAddress('flights', `flight-${id}`)} onClick={onClose}>
          The events in full (operators)
        </TextLink>
      }
      onClose={onClose}
    />
  );
}
