import { Badge } from '../ui/badge.tsx';
import { Figures } from '../ui/figures.tsx';
import { counted } from '../ui/format.ts';
import { TextLink } from '../ui/text-link.tsx';
import { Panel } from './panel.tsx';
import { RebuildPanel } from './rebuild-panel.tsx';
import { sectionAddress } from './sections.ts';
import type { ReadModel } from './types.ts';

interface ReadModelPanelProps {
  readonly service: string;
  readonly readModel: ReadModel;
}

/** One read model: how far it is, what it set aside, and making it anew. */
export function ReadModelPanel({ service, readModel }: ReadModelPanelProps) {
  const { name, version, checkpoint, lag, parked, rebuild } = readModel;
  const parkedLink = <TextLink to={sectionAddress('parked')}>{upTo(parked)}</TextLink>;
  const place = { service, readModel: name };
  return (
    <Panel
      title={`${service} / ${name}`}
      beside={
        <Badge tone={lag === 0 ? 'green' : 'amber'}>
          {lag === 0 ? 'Up to date' : `${counted(lag, 'event')} behind`}
        </Badge>
      }
    >
      <Figures
        items={[
          ['Version', version],
          ['Checkpoint', `#${checkpoint}`],
          ['Behind', counted(lag, 'event')],
          ['Parked rows', parked === 0 ? 'none' : parkedLink],
        ]}
      />
      {rebuild === undefined ? (
        <p className="text-sm text-muted">
          Its store keeps one build only, so it cannot be rebuilt beside the one in use.
        </p>
      ) : (
        <RebuildPanel place={place} />
      )}
    </Panel>
  );
}

/** The routes count no further than this. */
const MOST_COUNTED = 1_000;

function upTo(count: number): string {
  return count >= MOST_COUNTED ? `${MOST_COUNTED} or more` : String(count);
}
