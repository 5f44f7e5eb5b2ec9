import { useSearchParams } from 'wouter';
import { usePageTitle } from '../ui/use-page-title.ts';
import { readFilters } from './audit-filters.ts';
import { AuditList } from './audit-list.tsx';
import { FilterForm } from './filter-form.tsx';

/** The audit log, to be searched and watched. */
export default function AuditPage() {
  const [search] = useSearchParams();
  const filters = readFilters(Object.fromEntries(search));
  usePageTitle('Audit log');
  return (
    <div className="grid gap-4">
      <h1 className="text-xl font-bold">Audit log</h1>
      <FilterForm key={JSON.stringify(filters)} filters={filters} />
      <AuditList filters={filters} />
    </div>
  );
}
