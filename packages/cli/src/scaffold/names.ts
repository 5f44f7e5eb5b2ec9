import { ExitError } from '../exit-codes.ts';

/** One name in all the ways in which code writes it. */
export interface Names {
  /** `order-line`: files, paths, reasons. */
  readonly kebab: string;
  /** `orderLine` */
  readonly camel: string;
  /** `OrderLine` */
  readonly pascal: string;
  /** `ORDER_LINE` */
  readonly constant: string;
  /** `order_line`: categories and processes, which are stored. */
  readonly snake: string;
}

/** @throws ExitError unless it is words of small letters and digits, with dashes between. */
export function namesOf(kebab: string): Names {
  if (!/^[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$/.test(kebab) || kebab.length > 40) {
    throw new ExitError(
      'usage',
      `"${kebab}": a name is small letters and digits, with dashes between words.`,
    );
  }
  const words = kebab.split('-');
  const pascal = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return {
    kebab,
    camel: pascal.charAt(0).toLowerCase() + pascal.slice(1),
    pascal,
    constant: words.join('_').toUpperCase(),
    snake: words.join('_'),
  };
}

/** More than one of them: regular English only, `--plural` is for the rest. */
export function pluralOf(kebab: string): string {
  if (/(s|x|z|ch|sh)$/.test(kebab)) return `${kebab}es`;
  return /[^aeiou]y$/.test(kebab) ? `${kebab.slice(0, -1)}ies` : `${kebab}s`;
}

/** One of them, by the same rules. */
export function singularOf(kebab: string): string {
  if (/ies$/.test(kebab)) return `${kebab.slice(0, -3)}y`;
  if (/(s|x|z|ch|sh)es$/.test(kebab)) return kebab.slice(0, -2);
  return kebab.replace(/(?<=[a-z0-9])s$/, '');
}

/** `cancel` → `cancelled`? `canceled`: regular English only, `--event` is for the rest. */
export function pastOf(verb: string): string {
  if (/e$/.test(verb)) return `${verb}d`;
  return /[^aeiou]y$/.test(verb) ? `${verb.slice(0, -1)}ied` : `${verb}ed`;
}
