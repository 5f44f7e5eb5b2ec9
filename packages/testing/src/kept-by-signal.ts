/**
 * How much Node keeps for a signal: its listeners, and the signals that `AbortSignal.any` made from it, which a signal
 * that lives as long as the process keeps for ever. For comparing with what it was before.
 */
export function keptBySignal(signal: AbortSignal): number {
  const fields = signal as unknown as Record<symbol, { readonly size?: number } | undefined>;
  const names = Object.getOwnPropertySymbols(signal);
  return names.reduce((sum, name) => sum + (fields[name]?.size ?? 0), 0);
}
