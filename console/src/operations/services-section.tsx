import { useQuery } from '@tanstack/react-query';
import { Badge, type Tone } from '../ui/badge.tsx';
import { ErrorState } from '../ui/error-state.tsx';
import { Figures } from '../ui/figures.tsx';
import { counted } from '../ui/format.ts';
import { Loading } from '../ui/loading.tsx';
import { Panel } from './panel.tsx';
import { consumersQuery, type OfService, servicesQuery } from './queries.ts';
import type { Consumer, OperatedService, Runnable } from './types.ts';

/** The services, and how what runs for them is. */
export function ServicesSection() {
  const services = useQuery(servicesQuery);
  const consumers = useQuery(consumersQuery);
  const error = services.error ?? consumers.error;
  if (error !== null) {
    return (
      <ErrorState
        what="The services"
        error={error}
        isPending={services.isFetching || consumers.isFetching}
        onRetry={() => void Promise.all([services.refetch(), consumers.refetch()])}
      />
    );
  }
  if (services.data === undefined || consumers.data === undefined) {
    return <Loading label="Loading the services" />;
  }
  return services.data.map((service) => (
    <Service
      key={service.name}
      service={service}
      consumers={consumers.data.find((one) => one.service === service.name)}
    />
  ));
}

interface ServiceProps {
  readonly service: OperatedService;
  readonly consumers: OfService<readonly Consumer[]> | undefined;
}

function Service({ service, consumers }: ServiceProps) {
  const { name, head, fault, readModels, runnables } = service;
  const { text, tone } = stateOf(service);
  return (
    <Panel title={name} beside={<Badge tone={tone}>{text}</Badge>}>
      {fault !== undefined && (
        <p role="alert" className="rounded-md bg-danger-soft px-3 py-2 text-sm">
          <strong className="text-danger">Its log cannot be read.</strong> {fault.message} (
          {fault.code}). Nothing is lost by waiting; verify the log with the command line before
          anything else.
        </p>
      )}
      <Figures
        items={[
          ['Last event', head === undefined ? 'unknown' : `#${head}`],
          ['Read models', readModels],
        ]}
      />
      <Runnables runnables={runnables} consumers={consumers?.found ?? []} />
      {consumers?.error !== undefined && (
        <p className="text-sm text-muted">How far its inboxes have come cannot be told just now.</p>
      )}
    </Panel>
  );
}

/** The worst of what runs for a service. */
function stateOf({ fault, runnables }: OperatedService): { text: string; tone: Tone } {
  if (fault !== undefined) return { text: 'Log damaged', tone: 'red' };
  const ill = runnables.filter(({ state }) => state !== 'running');
  if (ill.length === 0) return { text: 'Running', tone: 'green' };
  return { text: `${ill.length} of ${runnables.length} not running`, tone: 'amber' };
}

interface RunnablesProps {
  readonly runnables: readonly Runnable[];
  readonly consumers: readonly Consumer[];
}

function Runnables({ runnables, consumers }: RunnablesProps) {
  return (
    <ul className="divide-y divide-line border-t border-line">
      {runnables.map((runnable) => (
        <Running
          key={runnable.name}
          runnable={runnable}
          consumer={consumers.find(({ name }) => name === runnable.name)}
        />
      ))}
    </ul>
  );
}

const STATES = {
  running: { text: 'Running', tone: 'green' },
  restarting: { text: 'Restarting', tone: 'amber' },
  stopped: { text: 'Stopped', tone: 'grey' },
} as const;

interface RunningProps {
  readonly runnable: Runnable;
  readonly consumer: Consumer | undefined;
}

function Running({ runnable, consumer }: RunningProps) {
  const { name, state, restarts, lastError } = runnable;
  const { text, tone } = STATES[state];
  return (
    <li className="grid gap-1 py-2 text-sm">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
        <span className="font-mono break-all">{name}</span>
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1 text-muted tabular-nums">
          {consumer !== undefined && <span>{lagOf(consumer)}</span>}
          {restarts > 0 && <span>{counted(restarts, 'restart')}</span>}
          <Badge tone={tone}>{text}</Badge>
        </span>
      </div>
      {lastError !== undefined && (
        <p className="break-words text-danger">
          {state === 'running' ? 'Failed before: ' : ''}
          {lastError}
        </p>
      )}
    </li>
  );
}

/** How far a consumer is behind, over all logs that it reads. */
function lagOf({ checkpoints }: Consumer): string {
  const lags = checkpoints.flatMap(({ lag }) => (lag === undefined ? [] : [lag]));
  if (lags.length === 0) return '';
  const lag = lags.reduce((sum, one) => sum + one, 0);
  return lag === 0 ? 'up to date' : `${counted(lag, 'event')} behind`;
}
