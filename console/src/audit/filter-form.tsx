import { useLocation } from 'wouter';
import type { AuditFilters } from '../api/types.ts';
import { address } from '../ui/address.ts';
import { Button } from '../ui/button.tsx';
import { readForm } from '../ui/read-form.ts';
import { TextLink } from '../ui/text-link.tsx';
import { AUDIT_FILTERS, readFilters, toLocalField } from './audit-filters.ts';

/** What the log is searched by. The filters stand in the address, so a search can be kept and shared. */
export function FilterForm({ filters }: { readonly filters: AuditFilters }) {
  const [, navigate] = useLocation();
  const isFiltered = Object.keys(filters).length > 0;
  return (
    <search>
      <form
        aria-label="Filter the audit log"
        className="grid gap-3 rounded-lg border border-line bg-surface p-4"
        onSubmit={(event) => {
          navigate(address('/audit', readFilters(readForm(event))));
        }}
      >
        <div className="grid grid-cols-2 gap-3 md:grid-cols-4">
          {AUDIT_FILTERS.map(({ name, label, example, isTime }) => (
            <label key={name} className="text-sm font-semibold">
              {label}
              <input
                name={name}
                {...(isTime === true
                  ? { type: 'datetime-local', step: 1, defaultValue: toLocalField(filters[name]) }
                  : { maxLength: 200, defaultValue: filters[name] })}
                autoComplete="off"
                placeholder={example}
                className="field-box mt-1 font-normal placeholder:text-muted"
              />
            </label>
          ))}
        </div>
        <div className="flex flex-wrap items-center justify-end gap-3">
          {isFiltered && <TextLink to="/audit">Clear filters</TextLink>}
          <Button type="submit" look="primary">
            Filter
          </Button>
        </div>
      </form>
    </search>
  );
}
