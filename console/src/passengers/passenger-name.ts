import type { Passenger } from '../api/types.ts';

/** What is read where a name was erased. */
export const ERASED_NAME = 'Erased passenger';

/** The name, or what stands for it once the person's data was erased. */
export function nameOf({ name }: Pick<Passenger, 'name'>): string {
  return typeof name === 'string' ? name : ERASED_NAME;
}
