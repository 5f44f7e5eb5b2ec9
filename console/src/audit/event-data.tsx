import { JsonValue } from './json-value.tsx';

/** The data of an event, drawn as indented JSON. */
export function EventData({ data }: { readonly data: Readonly<Record<string, unknown>> }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <pre tabIndex={0} className="max-h-80 overflow-auto rounded-md bg-sunken p-3 font-mono text-xs">
      <JsonValue value={data} depth={0} />
    </pre>
  );
}
