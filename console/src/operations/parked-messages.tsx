import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { bodyOf } from '../api/problems.ts';
import { EventData } from '../audit/event-data.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { ErrorState } from '../ui/error-state.tsx';
import { Fields } from '../ui/fields.tsx';
import { exactTime } from '../ui/format.ts';
import { Skeleton } from '../ui/skeleton.tsx';
import { operations } from './client.ts';
import { ParkedList } from './parked-list.tsx';
import { type ConsumerPlace, parkedMessageQuery, parkedMessagesQuery } from './parked-queries.ts';
import type { Settled } from './settled.ts';
import type { ParkedMessage } from './types.ts';

/** The messages that an inbox has set aside, or the inputs that a process has. */
export function ParkedMessages({ place }: { readonly place: ConsumerPlace }) {
  const query = useInfiniteQuery(parkedMessagesQuery(place));
  return (
    <ParkedList
      title={`${place.service} / ${place.consumer}`}
      what="messages"
      items={query.data?.pages.flatMap((page) => page.items)}
      query={query}
      settle={(by, message) => settle(place, by, message)}
      failedAt={({ type }) => `Failed at ${type}`}
      loss={({ type, waiting }) =>
        `This ${type} will never be handled here: what it asks for is not done, for good. ${waiting === 0 ? 'Later messages of this key are handled as ever.' : `Those that wait behind it (${waiting}) are handed over next.`}`
      }
      inspect={(message, onClose) => (
        <MessageDialog place={place} message={message} onClose={onClose} />
      )}
    />
  );
}

/** To skip, the message is named: of two who skip at once nobody skips the next one. */
function settle(
  { service, consumer }: ConsumerPlace,
  by: 'retry' | 'skip',
  { key, id }: ParkedMessage,
): Promise<Settled> {
  const params = { path: { service, consumer } };
  const parked = '/services/{service}/consumers/{consumer}/parked';
  return by === 'retry'
    ? bodyOf(operations.POST(`${parked}/retry`, { params, body: { key } }))
    : bodyOf(operations.POST(`${parked}/skip`, { params, body: { key, id } }));
}

interface MessageDialogProps {
  readonly place: ConsumerPlace;
  readonly message: ParkedMessage;
  readonly onClose: () => void;
}

/** All of a message that was set aside. */
function MessageDialog({ place, message, onClose }: MessageDialogProps) {
  const { key, error: failure } = message;
  const { data, error, isFetching, refetch } = useQuery(parkedMessageQuery(place, key));
  return (
    <Dialog title={`Message of ${key}`} size="wide" onClose={onClose}>
      <p className="text-sm break-words text-danger">{failure}</p>
      {error !== null && (
        <ErrorState what="The message" error={error} isPending={isFetching} onRetry={refetch} />
      )}
      {data === undefined && error === null && <Skeleton className="h-72" />}
      {data !== undefined && (
        <>
          <Fields
            items={[
              ['Type', data.type],
              ['Id', data.id],
              ['Recorded', exactTime(data.time)],
              ['Parked since', exactTime(data.since)],
              ...Object.entries(data.cause).map(([name, value]) => [name, String(value)] as const),
              ['Waiting behind it', data.waitingIds.join(', ') || 'none'],
            ]}
          />
          <EventData data={data.data} />
        </>
      )}
    </Dialog>
  );
}
