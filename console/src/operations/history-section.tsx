import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { useLocation, useSearchParams } from 'wouter';
import { Button } from '../ui/button.tsx';
import { ErrorState } from '../ui/error-state.tsx';
import { Field } from '../ui/field.tsx';
import { Loading } from '../ui/loading.tsx';
import { readForm } from '../ui/read-form.ts';
import { servicesQuery } from './queries.ts';
import { historyAddress, sectionAddress } from './sections.ts';
import { StreamHistory } from './stream-history.tsx';
import { StreamList } from './stream-list.tsx';

/** One entity through time: choose its service and its stream, then an event. */
export function HistorySection() {
  const [search] = useSearchParams();
  const { data, error, isFetching, refetch } = useQuery(servicesQuery);
  if (data === undefined && error !== null) {
    return (
      <ErrorState what="The services" error={error} isPending={isFetching} onRetry={refetch} />
    );
  }
  if (data === undefined) return <Loading label="Loading the services" rows={1} />;
  const names = data.map(({ name }) => name);
  const wanted = search.get('service');
  const service = wanted !== null && names.includes(wanted) ? wanted : names[0];
  const stream = search.get('stream');
  if (service === undefined) return <p>No service runs.</p>;
  return (
    <>
      <EntityForm {...{ services: names, service, stream }} />
      {stream === null ? (
        <StreamList key={service} service={service} />
      ) : (
        <StreamHistory key={`${service} ${stream}`} place={{ service, stream }} />
      )}
    </>
  );
}

interface EntityFormProps {
  readonly services: readonly string[];
  readonly service: string;
  readonly stream: string | null;
}

/** Which entity is shown. It stands in the address, so that it can be kept and shared. */
function EntityForm({ services, service, stream }: EntityFormProps) {
  const [, navigate] = useLocation();
  const selectId = useId();
  return (
    <search>
      <form
        aria-label="Choose an entity"
        className="grid items-start gap-3 rounded-lg border border-line bg-surface p-4 sm:grid-cols-[12rem_minmax(0,1fr)_auto]"
        onSubmit={(event) => {
          const { service = '', stream = '' } = readForm(event);
          navigate(
            stream === ''
              ? sectionAddress('history', { service })
              : historyAddress(service, stream),
          );
        }}
      >
        <div>
          <label htmlFor={selectId} className="mb-1 block text-sm font-semibold">
            Service
          </label>
          <select
            key={service}
            id={selectId}
            name="service"
            defaultValue={service}
            className="field-box"
          >
            {services.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </div>
        <Field
          key={stream}
          label="Stream"
          name="stream"
          maxLength={500}
          defaultValue={stream ?? ''}
          hint="Its kind, a dash and its id, for example flight-7f3c. Empty lists all."
        />
        <Button type="submit" look="primary" className="sm:mt-6">
          Show
        </Button>
      </form>
    </search>
  );
}
