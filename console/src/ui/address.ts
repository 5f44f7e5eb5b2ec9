/** The address of a page with its search. */
export function address(page: '/' | '/audit', search: object): string {
  const text = new URLSearchParams(Object.entries(search)).toString();
  return text === '' ? page : `${page}?${text}`;
}
