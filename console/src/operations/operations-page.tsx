import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useRef } from 'react';
import { Link, useSearchParams } from 'wouter';
import { Button } from '../ui/button.tsx';
import { useKeptFocus } from '../ui/use-kept-focus.ts';
import { usePageTitle } from '../ui/use-page-title.ts';
import { HistorySection } from './history-section.tsx';
import { forgetToken, useAccess } from './operator-token.ts';
import { ParkedSection } from './parked-section.tsx';
import { PeopleSection } from './people-section.tsx';
import { ReadModelsSection } from './read-models-section.tsx';
import { SECTIONS, type Section, sectionAddress, sectionOf } from './sections.ts';
import { ServicesSection } from './services-section.tsx';
import { TimersSection } from './timers-section.tsx';
import { TokenForm } from './token-form.tsx';

const DRAWN: Readonly<Record<Section, () => ReactNode>> = {
  services: ServicesSection,
  'read-models': ReadModelsSection,
  parked: ParkedSection,
  timers: TimersSection,
  history: HistorySection,
  people: PeopleSection,
};

/** What operators see and do; who has no token is asked for it first. */
export default function OperationsPage() {
  const area = useRef<HTMLElement>(null);
  const keepFocus = useKeptFocus(area);
  const { token, isRefused = false } = useAccess();
  const client = useQueryClient();
  const [search] = useSearchParams();
  const section = sectionOf(search.get('section'));
  usePageTitle(`${SECTIONS[section]} · Operations`);
  useEffect(() => {
    // What was shown to an operator does not stay behind for whoever sits here next.
    if (token === undefined) client.removeQueries({ queryKey: ['operations'] });
  }, [token, client]);
  return (
    <section
      aria-label="Operations"
      ref={area}
      tabIndex={-1}
      onFocus={keepFocus}
      className="grid gap-4 outline-none"
    >
      <div className="flex min-h-10 flex-wrap items-center justify-between gap-3">
        <h1 className="text-xl font-bold">Operations</h1>
        {token !== undefined && (
          <Button size="small" onClick={forgetToken}>
            Forget the token
          </Button>
        )}
      </div>
      {token === undefined ? (
        <TokenForm isRefused={isRefused} />
      ) : (
        <>
          <SectionLinks current={section} />
          <Drawn key={section} section={section} />
        </>
      )}
    </section>
  );
}

function Drawn({ section }: { readonly section: Section }) {
  const Content = DRAWN[section];
  return (
    <section aria-label={SECTIONS[section]} className="grid min-w-0 gap-4">
      <Content />
    </section>
  );
}

/** A link each, so that a part can be kept, shared and reloaded. */
function SectionLinks({ current }: { readonly current: Section }) {
  return (
    <nav aria-label="Operations" className="flex flex-wrap gap-1">
      {Object.entries(SECTIONS).map(([section, text]) => (
        <Link
          key={section}
          to={sectionAddress(section as Section)}
          aria-current={section === current ? 'true' : undefined}
          className="rounded-full border border-transparent px-3 py-1 text-sm font-semibold text-muted hover:bg-tide-soft hover:text-ink aria-[current=true]:border-tide aria-[current=true]:bg-tide-soft aria-[current=true]:text-ink"
        >
          {text}
        </Link>
      ))}
    </nav>
  );
}
