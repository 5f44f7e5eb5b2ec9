import { useState } from 'react';
import { bodyOf } from '../api/problems.ts';
import { Button } from '../ui/button.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { counted, dayAndTime } from '../ui/format.ts';
import { operations } from './client.ts';
import type { ReadModelPlace } from './queries.ts';
import type { Build } from './types.ts';
import { useAction } from './use-action.ts';

interface StoredBuildsProps {
  readonly place: ReadModelPlace;
  readonly builds: readonly Build[];
}

/** What is stored of a read model, of every version; what no version needs any more can be dropped. */
export function StoredBuilds({ place, builds }: StoredBuildsProps) {
  const [asked, setAsked] = useState<Build>();
  const drop = useAction({
    send: ({ version, build }: Build) => dropBuild(place, version, build),
    done: (_, { version, build }) => `Version ${version}, build ${build} was dropped.`,
    onDone: () => setAsked(undefined),
    failure: 'form',
  });
  const newest = Math.max(...builds.map(({ version }) => version));
  return (
    <details className="text-sm">
      <summary className="w-fit text-muted">{counted(builds.length, 'stored build')}</summary>
      <ul className="mt-1 divide-y divide-line">
        {builds.map((build) => (
          <li
            key={`${build.version} ${build.build}`}
            className="flex min-h-10 flex-wrap items-center justify-between gap-x-4 gap-y-1 py-1"
          >
            <span className="tabular-nums">{describe(build)}</span>
            {build.version !== newest && (
              <Button size="small" look="danger" onClick={() => setAsked(build)}>
                Drop
              </Button>
            )}
          </li>
        ))}
      </ul>
      {asked !== undefined && (
        <ConfirmDialog
          title={`Drop version ${asked.version}, build ${asked.build}?`}
          text="Its rows are deleted for good. A process that still runs that version would have to read the whole log again."
          action="Drop the build"
          command={{ ...drop, run: () => drop.run(asked) }}
          onClose={() => {
            drop.reset();
            setAsked(undefined);
          }}
        />
      )}
    </details>
  );
}

function describe({ version, build, isInForce, checkpoint, since }: Build): string {
  const begun = since === undefined ? '' : `, begun ${dayAndTime(since)}`;
  return `Version ${version}, build ${build}: up to #${checkpoint}${begun}${isInForce ? ', in use' : ''}`;
}

function dropBuild(place: ReadModelPlace, version: number, build: number) {
  const path = '/services/{service}/read-models/{readModel}/builds/{version}/{build}';
  const params = { path: { ...place, version: String(version), build: String(build) } };
  return bodyOf(operations.DELETE(path, { params }));
}
