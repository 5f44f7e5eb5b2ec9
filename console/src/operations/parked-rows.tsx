import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { bodyOf } from '../api/problems.ts';
import { EventData } from '../audit/event-data.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { ErrorState } from '../ui/error-state.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { TextLink } from '../ui/text-link.tsx';
import { operations } from './client.ts';
import { EventFields } from './event-fields.tsx';
import { ParkedList } from './parked-list.tsx';
import { parkedRowsQuery } from './parked-queries.ts';
import { eventAtQuery, type ReadModelPlace } from './queries.ts';
import { historyAddress } from './sections.ts';
import type { Settled } from './settled.ts';
import type { ParkedRow } from './types.ts';

/** The rows that a read model has set aside. */
export function ParkedRows({ place }: { readonly place: ReadModelPlace }) {
  const query = useInfiniteQuery(parkedRowsQuery(place));
  return (
    <ParkedList
      title={`${place.service} / ${place.readModel}`}
      what="rows"
      items={query.data?.pages.flatMap((page) => page.items)}
      query={query}
      settle={(by, row) => settle(place, by, row)}
      failedAt={({ position }) => `Failed at event #${position}`}
      loss={({ position }) =>
        `Event #${position} will be left out of this row, and what it says will be missing there until the read model is rebuilt. The events behind it are folded. The log keeps all of them.`
      }
      inspect={(row, onClose) => <EventDialog place={place} row={row} onClose={onClose} />}
    />
  );
}

/** To skip, the event is named: of two who skip at once nobody skips the next one. */
function settle(
  { service, readModel }: ReadModelPlace,
  by: 'retry' | 'skip',
  { key, eventId }: ParkedRow,
): Promise<Settled> {
  const params = { path: { service, readModel } };
  const parked = '/services/{service}/read-models/{readModel}/parked';
  return by === 'retry'
    ? bodyOf(operations.POST(`${parked}/retry`, { params, body: { key } }))
    : bodyOf(operations.POST(`${parked}/skip`, { params, body: { key, eventId } }));
}

interface EventDialogProps {
  readonly place: ReadModelPlace;
  readonly row: ParkedRow;
  readonly onClose: () => void;
}

/** The event that a row failed at. */
function EventDialog({ place, row, onClose }: EventDialogProps) {
  const { service } = place;
  const { data, error, isFetching, refetch } = useQuery(eventAtQuery(service, row.position));
  return (
    <Dialog title={`Row ${row.key}`} size="wide" onClose={onClose}>
      <p className="text-sm break-words text-danger">{row.error}</p>
      {error !== null && (
        <ErrorState what="The event" error={error} isPending={isFetching} onRetry={refetch} />
      )}
      {data === undefined && error === null && <Skeleton className="h-72" />}
      {data === null && <p>The log has no event at #{row.position}.</p>}
      {data != null && (
        <>
          <nav aria-label="Related events">
            <TextLink to={historyAddress(service, data.stream)} onClick={onClose}>
              All events of its stream
            </TextLink>
          </nav>
          <EventFields event={data} />
          <EventData data={data.data} />
        </>
      )}
    </Dialog>
  );
}
