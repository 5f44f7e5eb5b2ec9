/** The pages of the console. */
export type Page = '/' | '/audit' | '/operations';

/** The address of a page with its search. */
export function address(page: Page, search: object): string {
  const text = new URLSearchParams(Object.entries(search)).toString();
  return text === '' ? page : `${page}?${text}`;
}
