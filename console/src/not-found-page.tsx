import { TextLink } from './ui/text-link.tsx';
import { usePageTitle } from './ui/use-page-title.ts';

/** An address that leads nowhere. */
export function NotFoundPage() {
  usePageTitle('Not found');
  return (
    <div className="grid justify-items-start gap-2 py-8">
      <h1 className="text-xl font-bold">There is no such page</h1>
      <TextLink to="/">Go to the flights</TextLink>
    </div>
  );
}
