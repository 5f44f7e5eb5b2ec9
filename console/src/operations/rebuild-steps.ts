import type { RebuildStatus, RebuildStep } from './types.ts';

/** What can be done next, the likeliest first. */
export const STEPS_OF: Readonly<Record<RebuildStatus['state'], readonly RebuildStep[]>> = {
  idle: ['start'],
  building: ['cancel'],
  comparing: ['cancel'],
  ready: ['switch', 'compare', 'cancel'],
  switched: ['rollback', 'drop'],
};

/** What the buttons say. */
export const STEP_NAMES: Readonly<Record<RebuildStep, string>> = {
  start: 'Rebuild',
  compare: 'Compare again',
  switch: 'Switch to the new build',
  rollback: 'Roll back',
  cancel: 'Give up the new build',
  drop: 'Drop the old build',
};

interface Question {
  readonly title: string;
  readonly text: string;
}

/** What is asked before a step that others notice, or that cannot be taken back. */
export const CONFIRMED: { readonly [Step in RebuildStep]?: Question } = {
  switch: {
    title: 'Switch to the new build?',
    text: 'From then on queries are answered from the new build. The old one is kept, and kept up to date, until you drop it; so you can roll back.',
  },
  rollback: {
    title: 'Roll back to the old build?',
    text: 'From then on queries are answered from the build before the switch again. The other one is kept.',
  },
  cancel: {
    title: 'Give up the new build?',
    text: 'Its rows are deleted, and what was done for them is lost. Queries go on being answered from the build in use.',
  },
  drop: {
    title: 'Drop the old build?',
    text: 'Its rows are deleted for good, so you cannot roll back any more. The build in use stays.',
  },
};
