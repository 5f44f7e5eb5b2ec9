import { useSyncExternalStore } from 'react';

/** A short message about something that just ended. */
export interface ToastParts {
  readonly tone: 'success' | 'error' | 'info';
  readonly text: string;
  readonly action?: { readonly label: string; readonly run: () => void };
}

export interface Toast extends ToastParts {
  readonly id: number;
}

/** More would cover the page; the oldest goes. */
const AT_ONCE = 4;

let toasts: readonly Toast[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function set(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

/** Shows a message until it is dismissed or its time is over. */
export function showToast(parts: ToastParts): void {
  const toast = { ...parts, id: nextId };
  nextId += 1;
  set([...toasts, toast].slice(-AT_ONCE));
}

/** Takes a message away. */
export function dismissToast(id: number): void {
  set(toasts.filter((toast) => toast.id !== id));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The messages that are shown, oldest first. */
export function useToasts(): readonly Toast[] {
  return useSyncExternalStore(subscribe, () => toasts);
}
