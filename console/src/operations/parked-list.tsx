import { type ReactNode, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { ErrorState } from '../ui/error-state.tsx';
import { counted, exactTime, shortTime } from '../ui/format.ts';
import { Loading } from '../ui/loading.tsx';
import { ShowMore } from '../ui/show-more.tsx';
import { showToast } from '../ui/toasts.ts';
import { Panel } from './panel.tsx';
import { type Settled, settledToast } from './settled.ts';
import { useAction } from './use-action.ts';

/** Something that was set aside. */
export interface Parked {
  readonly key: string;
  readonly error: string;
  readonly since: string;
  readonly waiting: number;
}

/** What a list is read by. */
interface ParkedQuery {
  readonly error: Error | null;
  readonly isFetching: boolean;
  readonly isFetchingNextPage: boolean;
  readonly hasNextPage: boolean;
  readonly refetch: () => unknown;
  readonly fetchNextPage: () => unknown;
}

interface ParkedListProps<Item extends Parked> {
  /** Who set it aside. */
  readonly title: string;
  /** Of what: `rows`. */
  readonly what: string;
  readonly items: readonly Item[] | undefined;
  readonly query: ParkedQuery;
  /** Hands one over again, with what failed or without it. */
  readonly settle: (by: 'retry' | 'skip', item: Item) => Promise<Settled>;
  /** At what it failed, in a line. */
  readonly failedAt: (item: Item) => string;
  /** What is lost when it is skipped. */
  readonly loss: (item: Item) => string;
  /** All about one, in a dialog. */
  readonly inspect: (item: Item, onClose: () => void) => ReactNode;
}

/** What one reader has set aside, and what can be done about it. */
export function ParkedList<Item extends Parked>(props: ParkedListProps<Item>) {
  const { title, what, items, query, settle, failedAt, loss, inspect } = props;
  const [opened, setOpened] = useState<{ readonly item: Item; readonly as: 'inspect' | 'skip' }>();
  const [retried, setRetried] = useState<string>();
  const retry = useAction({
    send: async (item: Item) => tell(item, await settle('retry', item)),
  });
  const skip = useAction({
    send: async (item: Item) => tell(item, await settle('skip', item)),
    onDone: () => setOpened(undefined),
    failure: 'form',
  });
  const close = () => {
    skip.reset();
    setOpened(undefined);
  };
  return (
    <Panel title={title} beside={<span className="text-sm text-muted">{`Parked ${what}`}</span>}>
      {query.error !== null && (
        <ErrorState
          what={`The parked ${what}`}
          error={query.error}
          isPending={query.isFetching}
          onRetry={query.refetch}
        />
      )}
      {items === undefined && query.error === null && (
        <Loading label={`Loading the parked ${what}`} rows={1} />
      )}
      {items !== undefined && (
        <ul className="divide-y divide-line border-t border-line">
          {items.map((item) => (
            <ParkedItem key={item.key} item={item} failedAt={failedAt(item)}>
              <Button
                size="small"
                aria-label={`Inspect ${item.key}`}
                onClick={() => setOpened({ item, as: 'inspect' })}
              >
                Inspect
              </Button>
              <Button
                size="small"
                aria-label={`Retry ${item.key}`}
                isPending={retry.isPending && retried === item.key}
                onClick={() => {
                  setRetried(item.key);
                  retry.run(item);
                }}
              >
                Retry
              </Button>
              <Button
                size="small"
                look="danger"
                aria-label={`Skip ${item.key}`}
                onClick={() => setOpened({ item, as: 'skip' })}
              >
                Skip
              </Button>
            </ParkedItem>
          ))}
        </ul>
      )}
      {query.hasNextPage && (
        <ShowMore what={what} isPending={query.isFetchingNextPage} onClick={query.fetchNextPage} />
      )}
      {opened?.as === 'inspect' && inspect(opened.item, close)}
      {opened?.as === 'skip' && (
        <ConfirmDialog
          title={`Skip ${opened.item.key}?`}
          text={loss(opened.item)}
          action="Skip for good"
          command={{ ...skip, run: () => skip.run(opened.item) }}
          onClose={close}
        />
      )}
    </Panel>
  );
}

function tell({ key }: Parked, settled: Settled): void {
  showToast(settledToast(key, settled));
}

interface ParkedItemProps {
  readonly item: Parked;
  readonly failedAt: string;
  readonly children: ReactNode;
}

function ParkedItem({ item, failedAt, children }: ParkedItemProps) {
  const { key, error, since, waiting } = item;
  return (
    <li className="grid gap-x-4 gap-y-2 py-3 text-sm md:grid-cols-[minmax(0,1fr)_auto]">
      <div className="grid min-w-0 gap-0.5">
        <p className="font-mono font-semibold break-all">{key}</p>
        <p className="break-words text-danger">{error}</p>
        <p className="break-words text-muted">
          {failedAt}. Since{' '}
          <time dateTime={since} title={exactTime(since)}>
            {shortTime(since)}
          </time>
          , {waiting === 0 ? 'nothing waits behind it' : `${counted(waiting, 'other')} behind it`}.
        </p>
      </div>
      <div className="flex flex-wrap items-start gap-2">{children}</div>
    </li>
  );
}
