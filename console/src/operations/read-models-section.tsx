import { useQuery } from '@tanstack/react-query';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorState } from '../ui/error-state.tsx';
import { Loading } from '../ui/loading.tsx';
import { readModelsQuery } from './queries.ts';
import { ReadModelPanel } from './read-model-panel.tsx';

/** The read models of every service. */
export function ReadModelsSection() {
  const { data, error, isFetching, refetch } = useQuery(readModelsQuery);
  if (error !== null) {
    return (
      <ErrorState what="The read models" error={error} isPending={isFetching} onRetry={refetch} />
    );
  }
  if (data === undefined) return <Loading label="Loading the read models" />;
  const isEmpty = data.every(({ found }) => found?.length === 0);
  return (
    <>
      {isEmpty && (
        <EmptyState title="No read models">
          A service that answers queries has them; none of these does.
        </EmptyState>
      )}
      {data.map(({ service, found = [], error }) => (
        <div key={service} className="contents">
          {error !== undefined && (
            <ErrorState
              what={`The read models of ${service}`}
              error={error}
              isPending={isFetching}
              onRetry={refetch}
            />
          )}
          {found.map((readModel) => (
            <ReadModelPanel key={readModel.name} service={service} readModel={readModel} />
          ))}
        </div>
      ))}
    </>
  );
}
