import { useSyncExternalStore } from 'react';

/** How this page stands with the operators' routes. */
export interface Access {
  /** What is brought to them; `undefined` until it was entered. */
  readonly token?: string;
  /** The platform took the token once, and no longer does. */
  readonly isRefused?: boolean;
}

const NAME = 'tidemark-operator-token';
const listeners = new Set<() => void>();
let access: Access = readKept();

/** The session's storage ends with the tab, and no other site reads it; where it is closed, the page alone remembers. */
function readKept(): Access {
  try {
    const token = sessionStorage.getItem(NAME);
    return token === null ? {} : { token };
  } catch {
    return {};
  }
}

function set(next: Access): void {
  access = next;
  try {
    if (next.token === undefined) sessionStorage.removeItem(NAME);
    else sessionStorage.setItem(NAME, next.token);
  } catch {}
  for (const listener of listeners) listener();
}

/** Brings this token from now on, until it is forgotten or the tab is closed. */
export function keepToken(token: string): void {
  set({ token });
}

/** Brings none any longer. */
export function forgetToken(): void {
  set({});
}

/** The platform said no to this token: it is not brought again. One that was entered meanwhile stays. */
export function refuseToken(token: string): void {
  if (access.token === token) set({ isRefused: true });
}

/** The token as it is now. */
export function operatorToken(): string | undefined {
  return access.token;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** How this page stands with the operators' routes, live. */
export function useAccess(): Access {
  return useSyncExternalStore(subscribe, () => access);
}
