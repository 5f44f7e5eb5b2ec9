import { useInfiniteQuery } from '@tanstack/react-query';
import { passengerHistoryQuery } from '../api/queries.ts';
import type { Passenger } from '../api/types.ts';
import { HistoryDialog } from '../audit/history-dialog.tsx';
import { historyAddress, sectionAddress } from '../operations/sections.ts';
import { asSubject } from '../operations/subject-state.ts';
import { TextLink } from '../ui/text-link.tsx';
import { PassengerAsOf } from './passenger-as-of.tsx';
import { nameOf } from './passenger-name.ts';

interface PassengerHistoryDialogProps {
  readonly passenger: Passenger;
  readonly onClose: () => void;
}

/** What happened to a passenger, and the passenger as they were behind the event that is chosen. */
export default function PassengerHistoryDialog(props: PassengerHistoryDialogProps) {
  const { passenger, onClose } = props;
  const { id } = passenger;
  const query = useInfiniteQuery(passengerHistoryQuery(id));
  return (
    <HistoryDialog
      title={nameOf(passenger)}
      query={query}
      asOf={(position) => <PassengerAsOf passengerId={id} position={position} />}
      links={
        <>
          <TextLink to={historyAddress('passengers', `passenger-${id}`)} onClick={onClose}>
            The events in full (operators)
          </TextLink>
          <TextLink to={sectionAddress('people')} state={asSubject(id)} onClick={onClose}>
            Export or erase (operators)
          </TextLink>
        </>
      }
      onClose={onClose}
    />
  );
}
